"""Across apps only models, enums, errors, selectors and services are imported; the exceptions may only become fewer."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCEPTIONS = Path(__file__).with_name("imports_across_apps.txt")
# The domain. `common` and `idempotency` are there for all of it; pages and processes stand above it.
APPS = (
    *("accounts", "events", "allocations", "sales", "transfers", "alerts"),
    *("boxoffice", "partners", "exchange", "planning"),
)
OPEN = {"models", "enums", "errors", "selectors", "services"}


def imports() -> Iterator[tuple[str, str]]:
    """Module that imports → module of another app that it imports, other than those that are open to all."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            importer = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for module in modules_in(path):
                other, *inner = module.split(".")
                if other in APPS and other != app and inner and not OPEN & set(inner):
                    yield importer, module


def modules_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                named = f"{node.module}.{alias.name}"
                is_module = (ROOT / named.replace(".", "/")).with_suffix(".py").exists()
                yield named if is_module else node.module


def test_no_exception_is_added() -> None:
    lines = {f"{importer} -> {module}" for importer, module in imports()}
    written = EXCEPTIONS.read_text().splitlines()
    assert sorted(lines - set(written)) == [], "Put it behind a selector or a service of that app."
    assert sorted(set(written) - lines) == [], "Well done. Take these lines out of the list."
