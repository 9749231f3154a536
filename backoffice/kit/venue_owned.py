"""What belongs to a venue, or to one of its events: the venue is chosen first and then fixed."""

from typing import Any, cast

from django.db.models import Model
from django.forms import HiddenInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.kit.choosing import choose_first
from backoffice.kit.scope import ScopedAdmin
from events.models import Event, Venue


class VenueOwnedAdmin(ScopedAdmin):
    """Of a model with a ``venue`` and an ``event`` that never change: without an event, of all its.

    Added at ``…/add/?venue=7`` or ``?event=7``; without a number the page asks which venue it is for,
    of whoever sees several.
    """

    venue_path = "venue"

    def venue_of(self, request: HttpRequest, obj: Any = None) -> Venue | None:
        """The venue of the page: the object's own, or the one that the new object is for.

        Raises ``Http404`` for one that the person may not see.
        """
        if obj is not None:
            return cast("Venue | None", obj.venue)
        if not hasattr(request, "finlo_venue"):
            request.finlo_venue = self._venue_of_new(request)  # type: ignore[attr-defined]
        return cast("Venue | None", request.finlo_venue)  # type: ignore[attr-defined]

    def _venue_of_new(self, request: HttpRequest) -> Venue | None:
        event = self.event_of(request)
        if event is not None:
            return event.venue
        if self.is_for_all(request):
            return None
        number = request.POST.get("venue") or request.GET.get("venue")
        if number:
            return cast("Venue", self.named(request, Venue, number))
        venues = list(self.admin_site.get_model_admin(Venue).get_queryset(request)[:2])
        return venues[0] if len(venues) == 1 else None

    def event_of(self, request: HttpRequest) -> Event | None:
        """For which one is made, where the address names one. Raises ``Http404`` as ``venue_of``."""
        number = request.GET.get("event")
        return cast("Event", self.named(request, Event, number)) if number else None

    def is_for_all(self, request: HttpRequest) -> bool:
        """Whether one for all venues is made. Raises ``PermissionDenied`` for whom that is not for."""
        del request
        return False

    def all_venues(self, request: HttpRequest) -> Any:
        """The address and the words with which to ask for one for all venues, where there is that."""
        del request
        return None

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        may = self.has_add_permission(request)  # who may not is told 403
        if may and self.venue_of(request) is None and not self.is_for_all(request):
            question = _("Which venue is it for?")
            return choose_first(self, request, "venue", question, other=self.all_venues(request))
        return super().add_view(request, form_url, extra_context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return ("venue", "event", *fields) if obj else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = dict(super().get_changeform_initial_data(request))
        if venue := self.venue_of(request):
            initial["venue"] = venue.pk
        return initial

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "venue":
            kwargs |= fixed(Venue, self.venue_of(request, self.edited(request)))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def fixed(model: type[Model], row: Model | None) -> dict[str, Any]:
    """How a form keeps the one row that the page is about, whatever is sent."""
    return {
        "queryset": model._default_manager.filter(pk__in=[row.pk] if row else []),
        "widget": HiddenInput(),
        "required": True,  # left away, it would be for others too
    }
