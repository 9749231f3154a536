"""Which files are made, and from what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from finlo_inventory.error_views import unavailable_page
from finlo_inventory.made import catalogs, environment, loaded_sql, roles
from partners.api.reference import openapi

MADE: Mapping[Path, Callable[[], str]] = {
    settings.BASE_DIR / "docs" / "roles.md": roles.matrix,
    settings.BASE_DIR / "docs" / "openapi.json": lambda: openapi() + "\n",
    settings.BASE_DIR / ".env.example": environment.example,
    # For a proxy, while web does not answer (docs/operations.md).
    settings.BASE_DIR / "static" / "unavailable.html": unavailable_page,
    settings.BASE_DIR / loaded_sql.PLACE: loaded_sql.loaded,
    **catalogs.made(),
}
