"""Which files are made, and from what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from finlo_inventory.made import environment, loaded_sql, roles
from partners.api.reference import openapi

MADE: Mapping[Path, Callable[[], str]] = {
    settings.BASE_DIR / "docs" / "roles.md": roles.matrix,
    settings.BASE_DIR / "docs" / "openapi.json": lambda: openapi() + "\n",
    settings.BASE_DIR / ".env.example": environment.example,
    settings.BASE_DIR / loaded_sql.PLACE: loaded_sql.loaded,
}
