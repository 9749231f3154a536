"""The admin's first page: what is on sale, what was sold, and which events need attention.

Each part is for those who may see its numbers in a list as well, and of their own venues.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from alerts.selectors import SEE as SEE_ALERTS
from alerts.selectors import count_severe
from backoffice.alerts.board import OPEN, board_url
from backoffice.bookings.overdue import overdue_list
from backoffice.events.list import ComingFilter
from backoffice.kit.bars import Use, stock_bar
from backoffice.kit.charts import Chart
from backoffice.overview import charts
from common.addresses import change_url
from common.text import amount, local_time, money, number
from events.enums import EventStatus
from events.models import Venue
from events.selectors import RUNNING, day_start
from planning.attention import Attention, Need, PoolNow, thresholds
from planning.selectors import (
    COMING,
    SOON,
    EventCounts,
    count_events,
    count_running,
    events_by_urgency,
    venues_of,
)
from sales.enums import BookingStatus
from sales.selectors import (
    SEE_SALES,
    Takings,
    overdue_by_channel,
    takings_since,
    tickets_by_time,
    tickets_on_hold,
)

SEE_EVENTS, SEE_STOCK = "events.view_event", "allocations.view_stock"
EVENTS, BOOKINGS = "events_event", "sales_booking"
# A shape for each need, beside its words and its color.
ICONS = {
    Need.STOPPED: "block",
    Need.SELLS_OUT: "local_fire_department",
    Need.NEARLY_GONE: "hourglass_bottom",
    Need.BEHIND: "trending_down",
    Need.SOLD_OUT: "done_all",
    Need.NONE: "check_circle",
}
MAX_URGENT, MAX_POOLS = 8, 3
MAX_VENUES = 12


class Tile(NamedTuple):
    """A number with the list that shows its rows."""

    title: str
    values: Sequence[tuple[str, str]]  # number and unit
    note: str
    url: str
    icon: str


class VenueRow(NamedTuple):
    venue: Venue
    on_sale: int
    tickets: int
    amount: str
    url: str


class Row(NamedTuple):
    """An event that needs somebody, with the pages where it is seen to."""

    attention: Attention
    when: str
    starts: str
    icon: str
    url: str
    board: str
    pools: Sequence[tuple[PoolNow, SafeString]]


@dataclass(slots=True)
class Dashboard:
    tiles: list[Tile] = field(default_factory=list)
    venues: list[VenueRow] = field(default_factory=list)
    chart: Chart | None = None
    daily: bool = False
    zone: str = ""
    rows: list[Row] = field(default_factory=list)
    more: int = 0  # events that run beyond those shown
    more_url: str = ""
    any_venue: bool = False
    any_event: bool = False
    begin_at: str = ""  # of the venue whose page says what comes first
    sees_events: bool = False


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard to the context of the first page, as unfold asks for it."""
    return context | {
        "title": _("Overview"),
        "dashboard": read(cast("User", request.user), request, timezone.now()),
        "table_heads": charts.table_heads(),
        "thresholds": thresholds(),
        "may_add_venue": request.user.has_perm("events.add_venue"),
        "may_add_event": request.user.has_perm("events.add_event"),
    }


def read(user: User, request: HttpRequest, now: datetime) -> Dashboard:
    venues = venues_of(user)
    page = Dashboard(any_venue=bool(venues), daily=request.GET.get("sold") == "days")
    page.sees_events = user.has_perm(SEE_EVENTS)
    if not venues:
        return page
    counts: list[EventCounts] = []
    if page.sees_events:
        counts = count_events(venues, now)
        page.any_event = any(count.all for count in counts)
        page.begin_at = "" if page.any_event else change_url(venues[0])
        page.tiles += _event_tiles(counts, now)
    if user.has_perm(SEE_SALES) and (page.any_event or not page.sees_events):
        takings = takings_since([(venue, day_start(now, venue.zone)) for venue in venues])
        page.tiles[1:1] = (*_sale_tiles(venues, takings, now), *_overdue_tile(venues, now))
        page.venues = _venue_rows(venues, counts, takings, now)
        zone = _common_zone(venues)
        page.zone = zone.key
        since = charts.begins(now, zone, daily=page.daily)
        sold = tickets_by_time(venues, since, zone, daily=page.daily)
        page.chart = charts.draw(sold, now, zone, daily=page.daily)
    if user.has_perm(SEE_ALERTS):
        page.tiles.append(_alert_tile(user))
    if page.any_event and user.has_perm(SEE_STOCK):
        urgent_events = events_by_urgency(venues, now)
        page.rows = [_row(attention, now) for attention in urgent_events[:MAX_URGENT]]
        page.more = count_running(venues, now, len(urgent_events)) - len(page.rows)
        page.more_url = _list(EVENTS, status__in=",".join(RUNNING), when=ComingFilter.COMING)
    return page


def _event_tiles(counts: Iterable[EventCounts], now: datetime) -> list[Tile]:
    counts = list(counts)
    paused = sum(count.paused for count in counts)
    soon = {
        "status__in": ",".join(COMING),
        "starts_at__gte": now.isoformat(),
        "starts_at__lt": (now + SOON).isoformat(),
    }
    return [
        Tile(
            _("Events on sale"),
            [(number(sum(count.on_sale for count in counts)), "")],
            ngettext("%d paused", "%d paused", paused) % paused if paused else "",
            _list(EVENTS, status__exact=EventStatus.ON_SALE.value),
            "event_available",
        ),
        Tile(
            _("Start within 7 days"),
            [(number(sum(count.soon for count in counts)), "")],
            "",
            _list(EVENTS, **soon),
            "calendar_clock",
        ),
    ]


def _sale_tiles(
    venues: Sequence[Venue], takings: Iterable[Takings], now: datetime
) -> Iterable[Tile]:
    takings = list(takings)
    zones = {venue.time_zone for venue in venues}
    # One list has one beginning: with several midnights, each venue has its own link below.
    has_one_midnight = len({day_start(now, venue.zone) for venue in venues}) == 1
    today = _sold_since(day_start(now, venues[0].zone)) if has_one_midnight else "#by-venue"
    since = _("since midnight") if len(zones) == 1 else _("since each venue’s midnight")
    bookings = sum(taking.bookings for taking in takings)
    yield Tile(
        _("Tickets sold today"),
        [(number(sum(taking.tickets for taking in takings)), "")],
        ngettext("%(count)d booking %(since)s", "%(count)d bookings %(since)s", bookings)
        % {"count": bookings, "since": since},
        today,
        "confirmation_number",
    )
    amounts: dict[str, Decimal] = {}
    for taking in takings:
        amounts[taking.currency] = amounts.get(taking.currency, Decimal(0)) + taking.amount
    if not amounts:
        amounts = {venue.currency: Decimal(0) for venue in venues}
    yield Tile(
        _("Revenue today"),
        [(amount(total, currency), currency) for currency, total in sorted(amounts.items())],
        since,
        today,
        "payments",
    )
    yield Tile(
        _("Tickets on hold now"),
        [(number(tickets_on_hold(venues)), "")],
        "",
        _list(BOOKINGS, status__exact=BookingStatus.ON_HOLD.value),
        "hourglass_top",
    )


def _overdue_tile(venues: Sequence[Venue], now: datetime) -> Iterable[Tile]:
    """Only where something is: most venues are paid at once."""
    debts = overdue_by_channel(venues, now)
    if not debts:
        return
    amounts: dict[str, Decimal] = {}
    for debt in debts:
        amounts[debt.currency] = amounts.get(debt.currency, Decimal(0)) + debt.amount
    bookings = sum(debt.bookings for debt in debts)
    channels = len({debt.channel_id for debt in debts})
    yield Tile(
        _("Payments overdue"),
        [(amount(total, currency), currency) for currency, total in sorted(amounts.items())],
        _("%(bookings)s of %(channels)s")
        % {
            "bookings": ngettext("%d booking", "%d bookings", bookings) % bookings,
            "channels": ngettext("%d channel", "%d channels", channels) % channels,
        },
        overdue_list(),
        "running_with_errors",
    )


def _alert_tile(user: User) -> Tile:
    count, severe = count_severe(user)
    return Tile(
        _("Open alerts"),
        [(number(count), "")],
        ngettext("%d of high severity", "%d of high severity", severe) % severe if severe else "",
        board_url(OPEN),
        "notifications_active",
    )


def _venue_rows(
    venues: Sequence[Venue],
    counts: Iterable[EventCounts],
    takings: Iterable[Takings],
    now: datetime,
) -> list[VenueRow]:
    """The busiest venues first; for one venue alone the tiles say it all."""
    if len(venues) < 2:  # noqa: PLR2004 - one is not many
        return []
    on_sale = {count.venue_id: count.on_sale for count in counts}
    by_venue: dict[int, list[Takings]] = {}
    for taking in takings:
        by_venue.setdefault(taking.venue_id, []).append(taking)
    rows = [
        VenueRow(
            venue,
            on_sale.get(venue.pk, 0),
            sum(taking.tickets for taking in by_venue.get(venue.pk, [])),
            ", ".join(
                money(taking.amount, taking.currency) for taking in by_venue.get(venue.pk, [])
            ),
            _sold_since(day_start(now, venue.zone), event__venue__id__exact=venue.pk),
        )
        for venue in venues
    ]
    return sorted(rows, key=lambda row: (-row.tickets, row.venue.name))[:MAX_VENUES]


def _common_zone(venues: Iterable[Venue]) -> ZoneInfo:
    """The zone that all venues share, else UTC: a column of the chart is one hour for all."""
    zones = {venue.time_zone for venue in venues}
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def _row(attention: Attention, now: datetime) -> Row:
    event = attention.event
    return Row(
        attention,
        local_time(event.starts_at, event.venue.zone),
        _starts(event.starts_at - now),
        ICONS[attention.need],
        change_url(event),
        reverse("boxoffice:board", args=(event.pk,)),
        [
            (pool, stock_bar(Use(pool.capacity, pool.held, pool.sold)))
            for pool in attention.pools[:MAX_POOLS]
        ],
    )


def _starts(until_start: timedelta) -> str:
    if until_start <= timedelta():
        return _("running")
    if until_start < timedelta(days=2):
        hours = max(int(until_start / timedelta(hours=1)), 1)
        return ngettext("in %d hour", "in %d hours", hours) % hours
    return ngettext("in %d day", "in %d days", until_start.days) % until_start.days


def _sold_since(moment: datetime, **more: object) -> str:
    sold = {
        "status__exact": BookingStatus.CONFIRMED.value,
        "confirmed_at__gte": moment.isoformat(),
    }
    return _list(BOOKINGS, **sold, **more)


def _list(model: str, **query: object) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"
