"""The recipes of CONTRIBUTING.md name files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = dict(
    re.findall(r"^### ((?:Add|Make) [^\n]+)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL),
)


def test_there_is_a_recipe_for_what_is_added_most() -> None:
    assert list(RECIPES) == [
        "Add an alert kind",
        "Add a transport",
        "Add a channel trait",
        "Add an import column",
        "Add a field to an answer of the API",
        "Add a page to the back office",
        "Make something findable",
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_files_that_are_there(recipe: str) -> None:
    """``<name>`` stands for any: at least one file is named so."""
    paths = re.findall(r"`([\w.]+(?:/[\w.<>-]+)+/?)`", RECIPES[recipe])
    missing = [path for path in paths if not any(ROOT.glob(re.sub(r"<\w+>", "*", path)))]
    assert paths
    assert missing == []
