"""What people type reaches a page as text: nothing marks it as markup, in our code or in unfold's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.template.utils import get_app_template_dirs

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    *(
        "common",
        "accounts",
        "events",
        "allocations",
        "sales",
        "transfers",
        "offline",
        "alerts",
        "boxoffice",
    ),
    *("partners", "exchange", "planning", "golive", "backoffice", "demo", "finlo_inventory"),
)
RAW = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")
# Template → why what it shows raw was typed by nobody.
HARMLESS = {
    "unfold/helpers/app_list.html": "the titles of the sidebar are constants of finlo_inventory/unfold.py",
    "registration/password_reset_email.html": "a plain text, and no page of ours sends it",
    "django/forms/table.html": "no form of ours renders itself",
    "django/forms/ul.html": "no form of ours renders itself",
    "django/forms/p.html": "no form of ours renders itself",
    "django/forms/field.html": "no form of ours renders itself",
}
# Folders of pages that no view of ours renders.
FOREIGN = ("unfold_crispy/", "rest_framework/", "drf_spectacular/", "django/forms/jinja2/")


def templates() -> Iterator[tuple[str, str]]:
    """Name and text of each template, from where Django takes it."""
    folders = [
        Path(folder)
        for folder in (settings.BASE_DIR / "templates", *get_app_template_dirs("templates"))
    ]
    names = {
        str(path.relative_to(folder))
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix == ".html"
    }
    for name in sorted(names):
        if not name.startswith(FOREIGN):
            origin = next(folder / name for folder in folders if (folder / name).exists())
            yield name, origin.read_text()


def test_no_template_shows_raw_what_it_is_given() -> None:
    raw = {name for name, text in templates() if RAW.search(text)}
    assert raw - HARMLESS.keys() == set()


def calls_in(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            yield name, node


def is_constant(node: ast.expr) -> bool:
    """A text of the code, or its translation."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"_", "_t", "ngettext"} and all(map(is_constant, node.args[:1]))
    return isinstance(node, ast.Constant)


def test_markup_is_made_of_constants_alone() -> None:
    """``format_html`` escapes its arguments, and not its first; the rest marks whatever it is given."""
    wrong = []
    for path in (file for app in OURS for file in (ROOT / app).rglob("*.py")):
        for name, call in calls_in(path):
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            fixed = {"format_html": 1, "format_html_join": 2}.get(name, 0)
            if name in {"mark_safe", "SafeString", "SafeText"} or not all(
                is_constant(argument) for argument in call.args[:fixed]
            ):
                wrong.append(place)
    assert wrong == []


def test_no_form_binds_its_fields_to_variables() -> None:
    """Unfold's conditions write to the fields: boxes lose their values (backoffice/kit/shown_when.py)."""
    bound = [
        model
        for model, page in admin.site._registry.items()
        if getattr(page, "conditional_fields", None)
    ]
    assert bound == []
