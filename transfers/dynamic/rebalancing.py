"""Letting unsold stock of dynamic plans follow its demand: forecast, target, and moves as transfers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from allocations import ledger
from allocations.enums import PlanStatus, Stopped
from allocations.models import PlanLine, Stock
from allocations.stop_sell import stopped
from common.actor import SYSTEM
from common.patience import unless_taken
from events.enums import EventStatus
from events.models import Event
from transfers.asking import Proposal, ask_and_execute
from transfers.dynamic.reading import DynamicPool, dynamic_pools
from transfers.dynamic.split import Move, Row, moves
from transfers.dynamic.words import sentence
from transfers.enums import Origin
from transfers.evidence import Beside, moved
from transfers.models import EventWatch, Transfer

# A forecast changes slowly: its half-life is counted in days.
EVERY = timedelta(minutes=5)
# Events a round, those first that were looked at longest ago: the next round is seconds off.
MAX_EVENTS = 50


def rebalance(now: datetime) -> list[Transfer]:
    """Ask for what brings the unsold stock of dynamic lines to where it is expected to sell.

    In a transaction of its own; a second worker at the same moment passes by the events of the first.
    Events of which somebody else has a row locked follow one by one: one that is stuck holds up no
    other.
    """
    with transaction.atomic():
        pool_moves = _moves(_claim(now), now)
        taken = ledger.lock_free(
            pool.stock[row.channel_id]
            for pool, move in pool_moves
            for row in (move.giver, move.receiver)
        )
        made = _propose(
            [(pool, move) for pool, move in pool_moves if pool.event.pk not in taken], now
        )
        if taken:
            EventWatch.objects.filter(event__in=taken).update(rebalanced_at=None)
    for event in sorted(taken):
        made += unless_taken(partial(_rebalance_alone, event, now), [])
    return made


def _rebalance_alone(event: int, now: datetime) -> list[Transfer]:
    return _propose(_moves(_claim(now, event), now), now)


def _moves(events: dict[int, Event], now: datetime) -> list[tuple[DynamicPool, Move]]:
    pools = dynamic_pools(events, now)
    return [(pool, move) for pool in pools for move in moves(pool.rows, now, pool.moved_at)]


def due(now: datetime) -> QuerySet[Event]:
    """The events on sale whose plans in force have dynamic lines."""
    line = PlanLine.objects.filter(
        plan__pool__event=OuterRef("pk"), plan__status=PlanStatus.IN_FORCE, is_dynamic=True
    )
    return Event.objects.filter(
        Exists(line),
        Q(sales_from=None) | Q(sales_from__lte=now),
        Q(sales_until=None) | Q(sales_until__gt=now),
        ~stopped(Stopped.EVENT, "pk"),
        status=EventStatus.ON_SALE,
    )


def _claim(now: datetime, event: int | None = None) -> dict[int, Event]:
    on_sale = due(now)
    if event is not None:
        on_sale = on_sale.filter(pk=event)
    EventWatch.begin(on_sale)
    watches = (
        EventWatch.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            Q(rebalanced_at=None) | Q(rebalanced_at__lte=now - EVERY),
            event__in=on_sale.order_by().values("pk"),
        )
        .order_by(F("rebalanced_at").asc(nulls_first=True), "event_id")
    )
    claimed = [watch.pk for watch in watches[:MAX_EVENTS]]
    EventWatch.objects.filter(pk__in=claimed).update(rebalanced_at=now)
    events = Event.objects.select_related("venue").in_bulk(claimed)
    return {pk: event for pk, event in events.items() if event.sales_close > now}


def _propose(pool_moves: Sequence[tuple[DynamicPool, Move]], now: datetime) -> list[Transfer]:
    if not pool_moves:
        return []
    stock = Stock.objects.select_related("pool", "channel", "event__venue").in_bulk(
        {
            pool.stock[row.channel_id]
            for pool, move in pool_moves
            for row in (move.giver, move.receiver)
        }
    )
    beside = Beside.of(stock.values(), now)
    return ask_and_execute(
        [_proposal(pool, move, stock, beside, now) for pool, move in pool_moves], by=SYSTEM, now=now
    )


def _proposal(
    pool: DynamicPool,
    move: Move,
    stock: Mapping[int, Stock],
    beside: Beside,
    now: datetime,
) -> Proposal:
    source = stock[pool.stock[move.giver.channel_id]]
    target = stock[pool.stock[move.receiver.channel_id]]
    names = {row.channel_id or 0: str(row.channel) for row in (source, target)}
    expected = {"source": _numbers(move.giver), "target": _numbers(move.receiver)}
    return Proposal(
        source=source,
        target=target,
        units=move.units,
        reason=sentence(move, names, pool.event.venue.zone)[:300],
        origin=Origin.DYNAMIC,
        evidence=moved(source.event, (source, target), move.units, now, beside, forecast=expected),
    )


def _numbers(row: Row) -> dict[str, float]:
    """Units expected to the end of the window, units an hour, hours, and the lift of past dates."""
    seen = row.forecast
    return {
        "units": round(seen.units, 1),
        "velocity": round(seen.velocity, 3),
        "hours": round(seen.hours, 1),
        "lift": round(seen.lift, 2),
        "floor": row.floor,
    }
