"""What is of one transport of messages stands in its module."""

import ast
from pathlib import Path

import pytest

from alerts.enums import Transport
from alerts.transports import TRANSPORTS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "alerts" / "transports"
# It names a transport although it is not its module: a constraint of the database. May only shrink.
EXCEPTIONS = {"alerts/models/team.py"}


@pytest.mark.parametrize("transport", Transport)
def test_a_transport_has_its_module_and_a_line_in_the_registry(transport: Transport) -> None:
    entry = TRANSPORTS[transport]
    assert type(entry).__module__ == f"alerts.transports.{transport.lower()}"
    for duty in ("check_address", "render", "send"):
        assert duty in vars(type(entry))


def test_no_other_module_names_a_single_transport() -> None:
    modules = {
        str(path.relative_to(ROOT)): path
        for app in ("alerts", "backoffice", "partners", "planning", "exchange")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and path.parent != FOLDER
    }
    assert {name for name, path in modules.items() if _names_a_transport(path)} == EXCEPTIONS
    assert _names_a_transport(FOLDER / "slack.py")  # it would be found


def _names_a_transport(path: Path) -> bool:
    if path == ROOT / "alerts" / "enums.py":
        return False
    names = {f"Transport.{name}" for name in Transport.names}
    nodes = list(ast.walk(ast.parse(path.read_text())))
    members = (node for node in nodes if isinstance(node, ast.Attribute))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return any(ast.unparse(node) in names for node in members) or any(
        text in Transport.values for text in texts
    )
