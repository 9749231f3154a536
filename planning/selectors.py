"""Reads of the dashboard: how many events, and which of them need attention."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User
from accounts.selectors import within_venues
from alerts.selectors import PoolThreshold, pool_thresholds
from allocations.enums import StockKind, Stopped
from allocations.selectors import OUT_OF_SALE
from allocations.stop_sell import why_stopped
from events.enums import EventStatus
from events.models import Event, Pool, Venue
from events.selectors import RUNNING, not_over
from planning.attention import Attention, PoolNow, judge, urgency
from sales.selectors import units_sold_by_pool

SOON = timedelta(days=7)
COMING = (EventStatus.ON_SALE, EventStatus.PAUSED, EventStatus.CLOSED)
PACE_WINDOW = timedelta(hours=24)
# However many events there are: those that start next, and those that sell most, are judged.
MAX_NEXT, MAX_SELLING = 200, 100


@dataclass(frozen=True, slots=True)
class EventCounts:
    venue_id: int
    all: int
    on_sale: int
    paused: int
    soon: int


def venues_of(user: User) -> list[Venue]:
    return list(Venue.objects.filter(within_venues(user, "pk")))


def count_events(venues: Iterable[Venue], now: datetime) -> list[EventCounts]:
    """One row for each venue that has an event."""
    rows = (
        Event.objects.order_by()
        .filter(venue__in=[venue.pk for venue in venues])
        .values_list("venue")
        .annotate(
            all=Count("pk"),
            on_sale=Count("pk", filter=Q(status=EventStatus.ON_SALE)),
            paused=Count("pk", filter=Q(status=EventStatus.PAUSED)),
            soon=Count(
                "pk",
                filter=Q(status__in=COMING, starts_at__gte=now, starts_at__lt=now + SOON),
            ),
        )
    )
    return [EventCounts(*row) for row in rows]


def events_by_urgency(venues: Sequence[Venue], now: datetime) -> list[Attention]:
    """Running events, the one that needs somebody most first.

    Of many, those that start next and those that sell most.
    """
    sold = units_sold_by_pool(venues, now - PACE_WINDOW)
    by_event: dict[int, int] = {}
    for (event_id, _pool), units in sold.items():
        by_event[event_id] = by_event.get(event_id, 0) + units
    selling = sorted(by_event, key=lambda event_id: -by_event[event_id])[:MAX_SELLING]
    running = _running(venues, now)
    selection = running.filter(
        Q(pk__in=running.order_by("starts_at", "pk").values("pk")[:MAX_NEXT]) | Q(pk__in=selling)
    )
    events = selection.annotate(stopped_because=why_stopped(Stopped.EVENT, "pk")).in_bulk()
    for event in events.values():
        event.take_stop(event.stopped_because)
    pools = _pools_now(list(events), sold)
    return sorted(
        (judge(event, pools.get(event.pk, []), now) for event in events.values()), key=urgency
    )


def _pools_now(
    events: Sequence[int], sold: Mapping[tuple[int, int], int]
) -> dict[int, list[PoolNow]]:
    """The pools of each event in their order. ``sold``: units in the last ``PACE_WINDOW``."""
    thresholds: dict[int, list[PoolThreshold]] = {}
    for threshold in pool_thresholds(events):
        thresholds.setdefault(threshold.event_id, []).append(threshold)
    pools: dict[int, list[PoolNow]] = {}
    for pool in (
        Pool.objects.filter(event__in=events)
        .annotate(
            gone=Sum("stock__sold", filter=Q(stock__kind=StockKind.CHANNEL), default=0),
            on_hold=Sum("stock__held", filter=Q(stock__kind=StockKind.CHANNEL), default=0),
            out=OUT_OF_SALE,
        )
        .order_by("position", "pk")
    ):
        pace = sold.get((pool.event_id, pool.pk), 0) / (PACE_WINDOW / timedelta(hours=1))
        on_sale = pool.capacity - pool.out
        left = on_sale - pool.gone - pool.on_hold
        is_low = on_sale > 0 and any(
            threshold.is_crossed(pool.pk, left, on_sale)
            for threshold in thresholds.get(pool.event_id, ())
        )
        pools.setdefault(pool.event_id, []).append(
            PoolNow(pool.name, on_sale, pool.gone, pool.on_hold, pace, is_low)
        )
    return pools


def count_running(venues: Sequence[Venue], now: datetime, judged: int) -> int:
    """How many events run, of which ``events_by_urgency`` has judged so many.

    Only where those may not be all is it asked.
    """
    return judged if judged < MAX_NEXT else _running(venues, now).count()


def _running(venues: Sequence[Venue], now: datetime) -> QuerySet[Event]:
    """Events of several venues that are on sale or paused and not over in their own zones."""
    own = Event.objects.filter(not_over(now), venue__in=venues, status__in=RUNNING)
    return own.select_related("venue")
