"""What stands above each list: the views that were saved of it, a way to save what is listed, and its export."""

from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse

from accounts.models import User
from exchange.enums import FileKind
from planning.views.selectors import query_of, views_for


class ListTools:
    """Of an admin class."""

    list_before_template: ClassVar[str] = "admin/list_tools.html"
    # The list's own template, above the tools.
    list_above: ClassVar[str] = ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context = {"tools": tools_of(self, request), **(extra_context or {})}
        return cast("HttpResponseBase", super().changelist_view(request, context))  # type: ignore[misc]


def tools_of(admin: Any, request: HttpRequest) -> dict[str, Any]:
    listing = admin.opts.label_lower
    query = query_of(request.GET)
    base = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
    views = views_for(cast("User", request.user), listing)
    path = reverse(f"{base}_changelist")
    suffix = f"?{query}" if query else ""
    return {
        "views": [
            {
                "name": view.name,
                "url": f"{path}?{view.query}" if view.query else path,
                "edit": _edit(view.pk) if view.owner_id == request.user.pk else "",
                "shared_by": "" if view.owner_id == request.user.pk else str(view.owner),
                "is_current": QueryDict(view.query) == QueryDict(query),
            }
            for view in views
        ],
        "save": _add(listing, query) if query else "",
        "files": [
            (kind.label, reverse(f"{base}_export", args=(kind.value,)) + suffix)
            for kind in FileKind
        ],
    }


def _add(listing: str, query: str) -> str:
    page = reverse("admin:planning_savedview_add")
    return f"{page}?{urlencode({'listing': listing, 'query': query})}"


def _edit(number: int) -> str:
    return reverse("admin:planning_savedview_change", args=(number,))
