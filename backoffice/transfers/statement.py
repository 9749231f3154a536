"""The allocation statement of a channel, as a sheet to read and print, and as a file."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from allocations.plans.text.document import channels_of
from backoffice.plans.words import letter_url
from common import text
from common.cells import BOM
from common.clock import database_now
from events.models import Event
from transfers.statement.account import Edges, edges_of
from transfers.statement.lines import Line, PoolStatement, Reader, Statement, statement_of
from transfers.statement.table import file_name, write_csv

MAY_SEE = "allocations.view_stock"
# Within these every moment exists, in every zone.
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)


class PeriodForm(forms.Form):
    """Days of the venue, both included."""

    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("Until"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.widget = forms.DateInput(attrs={"type": "date"})

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _t("The period ends before it begins."))
        return data

    def moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        if not self.is_valid():
            return None, None
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return _midnight(since, zone), _midnight(until, zone, days=1)


def _midnight(day: date | None, zone: ZoneInfo, days: int = 0) -> datetime | None:
    if day is None:
        return None
    day = min(max(day, EARLIEST), LATEST) + timedelta(days=days)
    return datetime.combine(day, time.min, zone)


def statement_url(event: Event, channel: SalesChannel) -> str:
    return reverse("admin:events_event_statement", args=(event.pk, channel.pk))


def show_statement(request: HttpRequest, event: Event, channel_id: int) -> HttpResponseBase:
    channel = SalesChannel.objects.filter(venue=event.venue_id, pk=channel_id).first()
    if channel is None:
        raise Http404
    reader = Reader.PARTNER if request.GET.get("for") == Reader.PARTNER.value else Reader.VENUE
    form = PeriodForm(request.GET)
    since, until = form.moments(event.venue.zone)
    edges = edges_of(event.pk, channel.pk, since, until)
    statement = statement_of(
        event, channel, edges, reader, since=since, until=until, now=_now(edges)
    )
    if request.GET.get("format") == "csv":
        return _file(statement)
    return render(request, "admin/statement.html", _shown(request, statement, form))


def _now(edges: Sequence[Edges]) -> datetime:
    return edges[0].now if edges else database_now()


def _file(statement: Statement) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(statement)}"'
    answer.write(BOM)
    write_csv(statement, answer)  # type: ignore[arg-type]  # it has write(), which is all it takes
    return answer


def _shown(request: HttpRequest, statement: Statement, form: PeriodForm) -> dict[str, Any]:
    event, zone = statement.event, statement.event.venue.zone
    other_reader = Reader.VENUE if statement.reader == Reader.PARTNER else Reader.PARTNER
    return {
        "statement": statement,
        "for_partner": statement.reader == Reader.PARTNER,
        "form": form,
        "now": text.minute(statement.now, zone),
        "date": date_format(statement.now.astimezone(zone), "j F Y"),
        "starts": (
            date_format(event.local_start, "j F Y")
            if event.all_day
            else text.moment(event.starts_at, zone)
        ),
        "opening_at": text.minute(statement.since, zone) if statement.since else "",
        "closing_at": text.minute(min(statement.until or statement.now, statement.now), zone),
        "pools": [_pool(part, zone) for part in statement.pools],
        "back": letter_url(event, statement.channel),
        "file": _address(request, format="csv"),
        "other": _address(request, **{"for": other_reader.value}),
        "others": [
            (channel, statement_url(event, channel), channel == statement.channel)
            for channel in channels_of(event)
        ],
    }


def _address(request: HttpRequest, **changes: str) -> str:
    """The same page, asked otherwise."""
    parameters = {
        name: request.GET[name] for name in ("since", "until", "for") if name in request.GET
    }
    return f"?{urlencode(parameters | changes)}"


def _pool(part: PoolStatement, zone: ZoneInfo) -> dict[str, Any]:
    closing, unreported = part.account.edges.closing, part.account.edges.unreported
    return {
        "pool": part.pool,
        "unreported": unreported.in_words(closing.sold, zone) if unreported else "",
        "opening": part.account.edges.opening,
        "lines": [{"line": line, "when": _when(line, zone)} for line in part.lines],
        "closing": closing.quantity,
        "numbers": (
            (_("Sold"), closing.sold),
            (_("On hold"), closing.held),
            (_("Free"), closing.free),
            (_("Of all, drawn from open stock"), closing.drawn),
        ),
    }


def _when(line: Line, zone: ZoneInfo) -> str:
    """Of a day's sum the day."""
    if line.change.since is not None:
        return date_format(line.change.at.astimezone(zone), "j M Y")
    return text.minute(line.change.at, zone)
