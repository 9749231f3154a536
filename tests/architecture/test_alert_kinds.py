"""What is of one kind of alert stands in its module, with its statement beside it."""

import ast
import re
from pathlib import Path

import pytest

from alerts.enums import Kind
from alerts.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "alerts" / "kinds"
APPS = (
    *("accounts", "alerts", "allocations", "backoffice", "boxoffice", "common", "events"),
    *(
        "exchange",
        "finlo_inventory",
        "partners",
        "planning",
        "golive",
        "sales",
        "transfers",
        "offline",
    ),
)
# They name a kind although they are not its module. May only shrink.
EXCEPTIONS = {"alerts/selectors.py", "alerts/venue_beginnings.py"}


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_its_module_with_its_statement_and_a_line_in_the_registry(kind: Kind) -> None:
    entry = KINDS[kind]
    name = kind.lower()
    assert type(entry).__module__ == f"alerts.kinds.{name}"
    assert f"'{kind}'" in entry.statement


@pytest.mark.parametrize("kind", Kind)
def test_the_guide_says_of_a_kind_when_it_begins_and_ends(kind: Kind) -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)
    assert str(kind.label).lower() in rows


def test_no_other_module_names_a_single_kind() -> None:
    modules = {
        str(path.relative_to(ROOT)): path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and path.parent != FOLDER
    }
    assert {name for name, path in modules.items() if _names_a_kind(path)} == EXCEPTIONS
    assert _names_a_kind(FOLDER / "low_stock.py")  # it would be found


def _names_a_kind(path: Path) -> bool:
    """Whether the module says ``Kind.LOW_STOCK`` or ``"LOW_STOCK"``, the enum itself apart."""
    if path == ROOT / "alerts" / "enums.py":
        return False
    source = path.read_text()
    if not any(kind in source for kind in Kind.values):
        return False
    nodes = list(ast.walk(ast.parse(source)))
    members = (node for node in nodes if isinstance(node, ast.Attribute))
    return any(
        ast.unparse(node) in {f"Kind.{name}" for name in Kind.names} for node in members
    ) or any(isinstance(node, ast.Constant) and node.value in Kind.values for node in nodes)
