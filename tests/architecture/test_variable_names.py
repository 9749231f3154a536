"""A variable is called by what it is: a noun of the field, no participle and no pronoun."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = sorted(path.parent.name for path in ROOT.glob("*/apps.py"))
SAY_NOTHING = frozenset({"found", "told", "asked", "wanted", "one"})


def variables(tree: ast.Module) -> Iterator[ast.Name]:
    """What is assigned or looped over under a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node


@pytest.mark.parametrize("app", APPS)
def test_no_variable_is_a_participle_or_a_pronoun(app: str) -> None:
    unclear = [
        f"{path.relative_to(ROOT)}:{name.lineno} {name.id}"
        for path in sorted((ROOT / app).rglob("*.py"))
        for name in variables(ast.parse(path.read_text()))
        if name.id in SAY_NOTHING
    ]
    assert unclear == []
