"""Admin classes that show a person what belongs to the person's venues, in the venue's own time."""

import zoneinfo
from typing import Any, ClassVar, cast

from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import User
from accounts.selectors import within_venues
from backoffice.kit.base import BaseAdmin, HistoryAdmin, ReadOnlyAdmin


class Scoped(BaseAdmin):
    """``venue_path`` leads from the model to its venue: ``pk`` for a venue itself."""

    venue_path: ClassVar[str]

    def scope(self, request: HttpRequest) -> Q:
        return within_venues(request.user, self.venue_path)

    # --- Time -----------------------------------------------------------------------------

    def zone_of(self, request: HttpRequest, obj: Model | None) -> zoneinfo.ZoneInfo:
        """The zone in which times are shown and typed on a page: that of the object's venue.

        Of what concerns all venues: that of whoever looks.
        """
        target: Any = obj
        for step in self.venue_path.split("__"):
            if target is not None and step != "pk":
                target = getattr(target, step)
        return person_zone(request) if target is None else cast("zoneinfo.ZoneInfo", target.zone)

    def list_zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        return person_zone(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        with timezone.override(person_zone(request)):
            return _rendered(super().changelist_view(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        with timezone.override(self.zone_of(request, self.edited(request))):
            return _rendered(super().changeform_view(request, object_id, form_url, extra_context))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        with timezone.override(self.zone_of(request, self.edited(request))):
            return _rendered(super().history_view(request, object_id, extra_context))


def person_zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The one zone of all venues that whoever looks may see, else UTC."""
    return zone_of_work(cast("User", request.user))


def zone_of_work(user: User) -> zoneinfo.ZoneInfo:
    """The one zone of all venues that the person may see, else UTC. Looked for once, and kept with the object."""
    zone: zoneinfo.ZoneInfo | None = getattr(user, "finlo_zone", None)
    if zone is None:
        zone = _zone_of_work(user)
        user.finlo_zone = zone  # type: ignore[attr-defined]
    return zone


def _zone_of_work(user: User) -> zoneinfo.ZoneInfo:
    venues = User._meta.get_field("venues").related_model._default_manager
    zones = list(
        venues.filter(within_venues(user, "pk"))
        .order_by()
        .values_list("time_zone", flat=True)
        .distinct()[:2]
    )
    return zoneinfo.ZoneInfo(zones[0] if len(zones) == 1 else "UTC")


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Rendered while the zone still holds; Django would do it later."""
    if isinstance(response, TemplateResponse):
        response.render()
    return response


class ScopedAdmin(Scoped, HistoryAdmin):
    """Of a model that people edit."""


class ScopedReadOnlyAdmin(Scoped, ReadOnlyAdmin):
    """Of a model that only services write."""
