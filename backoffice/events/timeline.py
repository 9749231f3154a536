"""The page of all that happened to an event, and the same as a table to keep."""

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES, UnfoldAdminSelectWidget

from backoffice.kit.dialogs import link_action
from common.cells import BOM, guard
from common.history_words import Step
from events.models import Event
from sales.timeline import Asked, Entry, Part, Place, people_of, read_timeline

SEE_TIMELINE, SEE_QUANTITIES = "events.view_event", "allocations.view_movement"
PER_PAGE = 50
MAX_EXPORTED = 5_000
# What of an address says which page it is, and not what is asked.
OWN = frozenset({"before", "passed", "format"})
COLUMNS = (
    *("at", "part", "subject", "what", "field", "from", "to"),
    *("reason", "internal_note", "who"),
)


class TimelineForm(forms.Form):
    part = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=(
            ("", _("Everything")),
            (Part.SETUP.value, _("Set-up")),
            (Part.STOCK.value, _("Quantities")),
        ),
        widget=UnfoldAdminSelectWidget(),
    )
    who = forms.TypedChoiceField(
        label=_("Who"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget(),
    )
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("Until"), required=False)

    def __init__(self, event: Event, data: Any) -> None:
        super().__init__(data)
        people = [(str(person.pk), str(person)) for person in people_of(event)]
        self.fields["who"].choices = [("", _("Everybody")), *people]  # type: ignore[attr-defined]
        for name in ("since", "until"):
            attrs = {"type": "date", "class": " ".join(BASE_INPUT_CLASSES)}
            self.fields[name].widget = forms.DateInput(attrs=attrs)

    def asked(self, zone: ZoneInfo) -> Asked:
        """What a valid form asks; days are the venue's."""
        data = self.cleaned_data
        return Asked(
            part=Part(data["part"]) if data["part"] else None,
            user_id=data["who"],
            since=_start(data["since"], zone),
            before=_start(data["until"], zone, days=1),
        )


def _start(day: date | None, zone: ZoneInfo, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(
        date.fromordinal(min(day.toordinal() + days, 3_652_059)), time.min, zone
    )


class TimelinePage:
    """Of the admin class of events."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.timeline_view)  # type: ignore[attr-defined]
        url = path("<path:object_id>/timeline/", view, name="events_event_timeline")
        return [url, *super().get_urls()]  # type: ignore[misc]

    @link_action(_("Timeline"), permission=SEE_TIMELINE, icon="timeline")
    def timeline(self, event: Event) -> str:
        return reverse("admin:events_event_timeline", args=(event.pk,))

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if not request.user.has_perm(SEE_TIMELINE):
            raise PermissionDenied
        event: Event = self.require(request, unquote(object_id))  # type: ignore[attr-defined]
        zone = event.venue.zone
        form = TimelineForm(event, request.GET)
        filters = form.asked(zone) if form.is_valid() else Asked()
        if not request.user.has_perm(SEE_QUANTITIES):
            filters = replace(filters, part=Part.SETUP)
        if request.GET.get("format") == "csv" and form.is_valid():
            entries, next_place = read_timeline(event, filters, maximum=MAX_EXPORTED)
            if next_place is None:
                return _table(event, entries, zone)
            messages.error(
                request,
                _("A table holds at most %d entries, and there are more: choose days.")
                % MAX_EXPORTED,
            )
        place = _place(request)
        with timezone.override(zone):
            entries, next_place = read_timeline(event, filters, maximum=PER_PAGE, place=place)
            return self._page(request, event, form, entries, next_place)

    def _page(
        self,
        request: HttpRequest,
        event: Event,
        form: TimelineForm,
        entries: list[Entry],
        next_place: Place | None,
    ) -> HttpResponse:
        further = None
        if next_place is not None:
            before = next_place.at.astimezone(UTC).isoformat()
            further = f"?{_query(request, before=before, passed=str(next_place.passed))}"
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Timeline"),
            "subtitle": str(event),
            "opts": Event._meta,
            "original": event,
            "form": form,
            "entries": entries,
            "zone": event.venue.time_zone,
            "filtered": any(request.GET.values()),
            "further": further,
            "export": f"?{_query(request, format='csv')}",
        }
        return render(request, "admin/event_timeline.html", context)


def _query(request: HttpRequest, **more: str) -> str:
    parameters = {name: value for name, value in request.GET.items() if value and name not in OWN}
    return urlencode({**parameters, **more})


def _place(request: HttpRequest) -> Place | None:
    """Where the page before ended; nonsense is as if it were not there."""
    try:
        moment = parse_datetime(request.GET.get("before", ""))
        passed = int(request.GET.get("passed", "0"))
        if moment is None or timezone.is_naive(moment) or not 0 <= passed <= MAX_EXPORTED:
            return None
        return Place(moment.astimezone(UTC), passed)
    except (ValueError, OverflowError):
        return None


def _table(event: Event, entries: Iterable[Entry], zone: ZoneInfo) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"timeline-event-{event.pk}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write(BOM)
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for entry in entries:
        about = (entry.at.astimezone(zone).isoformat(), entry.part, entry.subject, entry.verb)
        why = (entry.reason, entry.internal_note, entry.who)
        for step in entry.steps or (Step("", "", ""),):
            cells = (*about, step.name, step.before, step.after, *why)
            writer.writerow([guard(cell) for cell in cells])
    return response
