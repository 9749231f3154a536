"""Reads of sales that more than one entry point needs.

What is counted as sold is what was confirmed and not given back since. A period is read through
the index on ``confirmed_at``: it costs what was sold in it, however much was sold before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import TruncDay, TruncHour

from accounts.models import User
from allocations.enums import ChannelKind
from events.models import Venue
from sales.enums import BookingStatus
from sales.models import BookingLine

SEE_SALES = "sales.view_booking"
SELL = "sales.sell_booking"
REFUND = "sales.refund_booking"
SETTLE = "sales.settle_booking"
ERASE = "sales.erase_booking"

KEPT = F("quantity") - F("refunded")


def may_read_contact(user: User | AnonymousUser) -> bool:
    """Whether a person may read who bought: those who sell or refund, not those who audit."""
    return user.has_perm(SELL) or user.has_perm(REFUND)


@dataclass(frozen=True, slots=True)
class Takings:
    """What a venue sold in a period, in one currency."""

    venue_id: int
    currency: str
    bookings: int
    tickets: int
    amount: Decimal


def _sold_lines(venues: Iterable[Venue]) -> QuerySet[BookingLine]:
    return BookingLine.objects.order_by().filter(
        booking__status=BookingStatus.CONFIRMED,
        booking__event__venue__in=[venue.pk for venue in venues],
    )


def takings_since(starts: Sequence[tuple[Venue, datetime]]) -> list[Takings]:
    """What each venue sold since a moment of its own, e.g. the midnight that its day began with."""
    if not starts:
        return []
    by_moment: dict[datetime, list[int]] = {}
    for venue, moment in starts:
        by_moment.setdefault(moment, []).append(venue.pk)
    own = Q()
    for moment, venue_ids in by_moment.items():
        own |= Q(booking__confirmed_at__gte=moment, booking__event__venue__in=venue_ids)
    rows = (
        # The earliest moment beside the venues' own: one range of the index, not one for each.
        _sold_lines(venue for venue, _ in starts)
        .filter(own, booking__confirmed_at__gte=min(by_moment))
        .values_list("booking__event__venue", "booking__currency")
        .annotate(
            bookings=Count("booking", distinct=True),
            tickets=Sum(KEPT),
            amount=Sum(F("unit_price") * KEPT),
        )
    )
    return [Takings(*row) for row in rows]


def tickets_on_hold(venues: Iterable[Venue]) -> int:
    """Tickets of all bookings on hold now, those that the next sweep will expire among them."""
    totals = BookingLine.objects.filter(
        booking__status=BookingStatus.ON_HOLD,
        booking__event__venue__in=[venue.pk for venue in venues],
    ).aggregate(tickets=Sum("quantity", default=0))
    return int(totals["tickets"])


def tickets_by_time(
    venues: Iterable[Venue], since: datetime, zone: ZoneInfo, *, daily: bool
) -> dict[tuple[datetime, ChannelKind], int]:
    """Tickets sold by hour, or by day, and kind of channel; hours without a sale are left out."""
    truncate = TruncDay if daily else TruncHour
    rows = (
        _sold_lines(venues)
        .filter(booking__confirmed_at__gte=since)
        .values_list(truncate("booking__confirmed_at", tzinfo=zone), "booking__channel__kind")
        .annotate(tickets=Sum(KEPT))
    )
    return {(moment, ChannelKind(kind)): tickets for moment, kind, tickets in rows if tickets}


def tickets_by_channel(
    event_id: int, since: datetime, slot: timedelta
) -> dict[tuple[int, int], int]:
    """(slot, channel) → tickets of an event sold since then; slots are counted from 1970.

    What was given back later counts too: it says how fast tickets went.
    """
    number = Func(
        F("booking__confirmed_at"),
        template="floor(extract(epoch FROM %(expressions)s) / %(seconds)s)::bigint",
        seconds=int(slot.total_seconds()),
        output_field=IntegerField(),
    )
    rows = (
        BookingLine.objects.order_by()
        .filter(
            booking__status=BookingStatus.CONFIRMED,
            booking__confirmed_at__gte=since,
            booking__event=event_id,
        )
        .values_list(number, "booking__channel")
        .annotate(tickets=Sum("quantity"))
    )
    return {(slot, channel): tickets for slot, channel, tickets in rows}


def units_sold_by_pool(venues: Iterable[Venue], since: datetime) -> dict[tuple[int, int], int]:
    """(event, pool) → units sold since then: over the hours, the velocity of the pool."""
    rows = (
        _sold_lines(venues)
        .filter(booking__confirmed_at__gte=since)
        .values_list("booking__event", "item__components__pool")
        .annotate(units=Sum(KEPT * F("item__components__units")))
    )
    return {(event, pool): units for event, pool, units in rows if pool is not None and units}


def _units_of(pools: Iterable[int], *by: Any, since: datetime) -> QuerySet[BookingLine, Any]:
    """Units sold since then by pool, channel and what else is named."""
    return (
        BookingLine.objects.order_by()
        .filter(
            booking__status=BookingStatus.CONFIRMED,
            booking__confirmed_at__gt=since,
            item__components__pool__in=list(pools),
        )
        .values_list("item__components__pool", "booking__channel", *by)
        .annotate(units=Sum(KEPT * F("item__components__units")))
    )


def units_sold_by_channel(pools: Iterable[int], since: datetime) -> dict[tuple[int, int], int]:
    """(pool, channel) → units sold since then."""
    rows = _units_of(pools, since=since)
    return {(pool, channel): units for pool, channel, units in rows if units}


def units_sold_by_day(
    pools: Iterable[int], now: datetime, days: int
) -> dict[tuple[int, int], list[int]]:
    """(pool, channel) → units sold in each of the last ``days`` times 24 hours, oldest first."""
    age = ExpressionWrapper(
        Value(now, DateTimeField()) - F("booking__confirmed_at"), DurationField()
    )
    ago = Func(
        age,
        template="floor(extract(epoch FROM %(expressions)s) / 86400)::int",
        output_field=IntegerField(),
    )
    rows = _units_of(pools, ago, since=now - timedelta(days=days)).filter(
        booking__confirmed_at__lte=now
    )
    series: dict[tuple[int, int], list[int]] = {}
    for pool, channel, passed, units in rows:
        series.setdefault((pool, channel), [0] * days)[days - 1 - passed] = units
    return series


@dataclass(frozen=True, slots=True)
class Overdue:
    """What a channel should have paid by now, in one currency, without what was refunded."""

    venue_id: int
    channel_id: int
    channel: str
    currency: str
    bookings: int
    amount: Decimal
    oldest: date


def unpaid(path: str = "") -> Q:
    """Confirmed bookings that are to be paid, as the index says; ``path`` leads to the booking."""
    return Q(
        **{
            f"{path}status": BookingStatus.CONFIRMED,
            f"{path}due_on__isnull": False,
            f"{path}paid_at__isnull": True,
        }
    )


def overdue(venues: Iterable[Venue], now: datetime, path: str = "") -> Q:
    """Those among them whose day is over, on the venue's own calendar."""
    by_day: dict[date, list[int]] = {}
    for venue in venues:
        by_day.setdefault(now.astimezone(venue.zone).date(), []).append(venue.pk)
    if not by_day:
        return Q(pk__in=())
    own = Q()
    for day, venue_ids in by_day.items():
        own |= Q(**{f"{path}due_on__lt": day, f"{path}event__venue__in": venue_ids})
    # The latest day beside the venues' own: one range of the index, not one for each.
    return unpaid(path) & Q(**{f"{path}due_on__lt": max(by_day)}) & own


def costs_something() -> Exists:
    """Bookings of which something is left to pay: not those of free tickets alone."""
    return Exists(_costing().filter(booking=OuterRef("pk")))


def overdue_by_channel(venues: Sequence[Venue], now: datetime) -> list[Overdue]:
    """What each channel owes beyond its day, who has owed longest first; one statement."""
    rows = (
        _costing()
        .filter(overdue(venues, now, "booking__"))
        .values_list(
            "booking__event__venue",
            "booking__channel",
            "booking__channel__name",
            "booking__currency",
        )
        .annotate(
            bookings=Count("booking", distinct=True),
            amount=Sum(F("unit_price") * KEPT),
            oldest=Min("booking__due_on"),
        )
        .order_by("oldest", "booking__channel__name", "booking__channel", "booking__currency")
    )
    return [Overdue(*row) for row in rows]


def _costing() -> QuerySet[BookingLine]:
    return BookingLine.objects.order_by().filter(unit_price__gt=0, refunded__lt=F("quantity"))
