"""What belongs to one event is made inside it: the event is chosen first and then fixed."""

from typing import Any, ClassVar, cast

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from allocations.services import lock_event
from backoffice.kit.choices import is_added, only_choice
from backoffice.kit.choosing import choose_first
from backoffice.kit.scope import ScopedAdmin
from common.addresses import change_url
from events.models import Event


class EventOwnedAdmin(ScopedAdmin):
    """Of a model with a field ``event`` that never changes.

    Added at ``…/add/?event=7``; without a number the page asks which event it is for.
    ``event_tab`` is the panel of the event's page that shows it.
    """

    event_tab: ClassVar[str]

    def event_of(self, request: HttpRequest, obj: Any = None) -> Event | None:
        """The event of the page: the object's own, or the one that the new object is for.

        That is the one the person named and may see, else the only one there is. Raises
        ``Http404`` for any other number.
        """
        if obj is not None and obj.pk:
            return cast("Event", obj.event)
        number = request.POST.get("event") or request.GET.get("event")
        if not number and is_added(request):
            number = self._only_event(request)
        return cast("Event", self.named(request, Event, number)) if number else None

    def _only_event(self, request: HttpRequest) -> str:
        if not hasattr(request, "finlo_only_event"):
            events = self.admin_site.get_model_admin(Event).get_queryset(request)
            request.finlo_only_event = str(only_choice(events) or "")  # type: ignore[attr-defined]
        return cast("str", request.finlo_only_event)  # type: ignore[attr-defined]

    def lock(self, obj: Any) -> None:
        # The event before its parts, as every writer does.
        lock_event(obj.event_id)
        super().lock(obj)

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        event = self.event_of(request, obj)
        return event.venue.zone if event else super().zone_of(request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)  # which says 403
        event = self.event_of(request)
        if event is None:
            return choose_first(self, request, "event", _("Which event is it for?"))
        with timezone.override(event.venue.zone):
            return super().add_view(request, form_url, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        if obj is None and (event := self.event_of(request)):
            fieldsets[0][1]["description"] = _("For %s.") % event
        return fieldsets

    def _to_event(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        """Back to the event, on the tab that shows what was saved."""
        del request
        return redirect(f"{change_url(obj.event)}#dataset-{self.event_tab}")

    response_post_save_add = response_post_save_change = _to_event

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "event" and (event := self.event_of(request)):
            kwargs["queryset"] = Event.objects.filter(pk=event.pk)
            kwargs["widget"] = forms.HiddenInput()
            kwargs["initial"] = event.pk
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return ("event", *fields) if obj else fields
