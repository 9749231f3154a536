"""What the rebalancing of dynamic plans reads: their lines, what each channel sold by the hour, how past
dates sold. Four statements for any number of events.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from events.models import Event
from transfers.dynamic.forecast import LOOK_BACK, Forecast, Pace, Past, forecast
from transfers.dynamic.split import Row

HERE = Path(__file__).parent
LINES = (HERE / "lines.sql").read_text()
HOURS = (HERE / "hours.sql").read_text()
PACES = (HERE / "paces.sql").read_text()
SOLD = (HERE / "sold.sql").read_text()
# Some hundred hours each.
MAX_KNOWN = 2_000
_known: dict[int, dict[int, int]] = {}


@dataclass(frozen=True, slots=True)
class _Line:
    event_id: int
    pool_id: int
    stock_id: int
    channel_id: int
    quantity: int
    held: int
    sold: int
    drawn: int
    floor: int
    buffer: int
    ceiling: int | None
    gives: bool
    unreported: int
    draws: bool
    releases_at: datetime | None
    received_at: datetime | None
    moved_at: datetime | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class DynamicPool:
    """A pool with at least two dynamic lines: ``rows`` and the stock row of each channel."""

    event: Event
    pool_id: int
    rows: Sequence[Row]
    stock: Mapping[int, int]
    moved_at: datetime | None


@dataclass(slots=True)
class _Hours:
    """By hour: units sold, and the part in which there was nothing to sell."""

    sold: dict[int, int]
    empty: dict[int, float]


def dynamic_pools(events: Mapping[int, Event], now: datetime) -> list[DynamicPool]:
    """Each with the forecast of its channels. What waits for a decision is left out."""
    pools: defaultdict[int, list[_Line]] = defaultdict(list)
    for values in _rows(LINES, events=list(events), now=now):
        line = _Line(*values)
        pools[line.pool_id].append(line)
    lines_by_pool = {pool: lines for pool, lines in pools.items() if len(lines) > 1}
    hours = _hours([line.stock_id for lines in lines_by_pool.values() for line in lines], now)
    paces = paces_of(list(lines_by_pool), now)
    return [
        _pool(events[lines[0].event_id], lines, hours, paces.get(pool), now)
        for pool, lines in lines_by_pool.items()
    ]


def _pool(
    event: Event,
    lines: Sequence[_Line],
    hours: Mapping[int, _Hours],
    pace: Pace | None,
    now: datetime,
) -> DynamicPool:
    forecasts = forecast([_past(line, event, hours, pace) for line in lines], now, event.starts_at)
    return DynamicPool(
        event,
        lines[0].pool_id,
        [_row(line, seen, event) for line, seen in zip(lines, forecasts, strict=True)],
        {line.channel_id: line.stock_id for line in lines},
        lines[0].moved_at,
    )


def _past(line: _Line, event: Event, hours: Mapping[int, _Hours], pace: Pace | None) -> Past:
    known = hours.get(line.stock_id, _Hours({}, {}))
    return Past(
        channel_id=line.channel_id,
        since=_since(line, event),
        until=min(event.sales_close, line.releases_at or event.sales_close),
        # Given back is not sold less: a refund of last week says nothing of this week's buyers.
        sold={hour: units for hour, units in known.sold.items() if units > 0},
        # Who draws on open stock could still sell.
        closed={} if line.draws else known.empty,
        pace=pace,
    )


def _row(line: _Line, seen: Forecast, event: Event) -> Row:
    return Row(
        channel_id=line.channel_id,
        quantity=line.quantity,
        held=line.held,
        sold=line.sold,
        drawn=line.drawn,
        floor=line.floor,
        buffer=line.buffer,
        ceiling=line.ceiling,
        gives=line.gives,
        unreported=line.unreported,
        forecast=seen,
        received_at=line.received_at or _since(line, event),
    )


def _since(line: _Line, event: Event) -> datetime:
    begun = line.since or event.starts_at
    return max(begun, event.sales_from) if event.sales_from else begun


def _hours(rows: Sequence[int], now: datetime) -> dict[int, _Hours]:
    hours: defaultdict[int, _Hours] = defaultdict(lambda: _Hours({}, {}))
    for stock, hour, sold, empty in _rows(HOURS, rows=list(rows), now=now, since=now - LOOK_BACK):
        hours[stock].sold[hour] = sold
        hours[stock].empty[hour] = min(empty, 1.0)
    return hours


def paces_of(pools: Sequence[int], now: datetime) -> dict[int, Pace | None]:
    """How past dates of each pool's series sold, where there are any."""
    past: defaultdict[int, list[int]] = defaultdict(list)
    for pool, before in _rows(PACES, pools=list(pools), now=now):
        past[pool].append(before)
    sold = _sold({event for several in past.values() for event in several})
    return {pool: Pace.of([sold[event] for event in several]) for pool, several in past.items()}


def _sold(pools: set[int]) -> dict[int, dict[int, int]]:
    """By pool of a past date and whole hours before its start; read once, for it changes no more."""
    unknown = pools - _known.keys()
    if unknown:
        if len(_known) > MAX_KNOWN:
            _known.clear()
        _known.update({pool: {} for pool in pools})
        for pool, hour, units in _rows(SOLD, pools=list(pools)):
            if units > 0:
                _known[pool][hour] = units
    return {pool: _known[pool] for pool in pools}


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
