"""The domain knows nothing of the admin (docs/adr/0015)."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = (
    *(
        "common",
        "idempotency",
        "accounts",
        "events",
        "allocations",
        "sales",
        "transfers",
        "offline",
        "alerts",
    ),
    *("boxoffice", "partners", "exchange", "planning", "golive"),
)
SCREENS = ("backoffice", "django.contrib.admin", "unfold")


def modules_imported_by(path: Path) -> set[str]:
    """Full names: of ``from a import b`` both ``a`` and ``a.b``."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def is_of(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_no_domain_app_imports_the_admin() -> None:
    imports = {
        f"{path.relative_to(ROOT)}: {module}"
        for app in DOMAIN
        for path in (ROOT / app).rglob("*.py")
        for module in modules_imported_by(path)
        if any(is_of(module, package) for package in SCREENS)
    }
    assert imports == set()


def test_one_file_registers_the_pages() -> None:
    registering = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "backoffice").rglob("*.py")
        if ".register(" in path.read_text()
    }
    assert registering == {"backoffice/admin.py"}
