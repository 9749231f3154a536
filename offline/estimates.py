"""What channels that report late have sold by now: reported, and estimated from their own pace."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from allocations.enums import REPORTS_LATE
from allocations.selectors import RowCounters, room_of
from allocations.setup import EventSetup, RowSetup
from allocations.unreported import Unreported
from offline import pace
from offline.pace import Estimate, Span

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRow:
    """A channel's stock row in an event: ``sold`` of it by the ledger, and ``room`` for what is not reported yet.

    ``covered``: so many of the room its leases have already, and count as held. It can sell ``since`` then, ``until`` then.
    ``known``: what is estimated of it so far. ``one_in``: its safety buffer may be too small once in so many syncs; nothing where
    it is to have none, or nobody asks.
    """

    stock_id: int
    event_id: int
    pool_id: int
    channel_id: int
    zone: ZoneInfo
    sold: int
    room: int
    covered: int = 0
    until: datetime | None
    since: datetime | None = None
    known: Unreported | None = None
    one_in: int | None = None


@dataclass(frozen=True, slots=True)
class ReportedSales:
    """Of a channel and a pool: so many units were sold when it reported last, and about so many are by now.

    ``estimate`` is of what came since, and never more than could be sold; nothing where the past is too short.
    ``at`` is the beginning of the last report, ``newest`` its last part: a sales file is many syncs.
    """

    row: LateRow
    at: datetime
    newest: datetime
    estimate: Estimate | None
    buffer: int | None = None
    """Of a channel that draws on shared stock: so many it sells at most before it reports again, with the probability
    that its trait says; nothing where the past is too short."""
    buffer_hours: float = 0.0
    """For which that is: until the next report, at the latest as late as the latest of the last ones."""

    @property
    def channel_id(self) -> int:
        return self.row.channel_id

    @property
    def pool_id(self) -> int:
        return self.row.pool_id

    @property
    def reported(self) -> int:
        return self.row.sold

    @property
    def about(self) -> int:
        return self.reported + (self.estimate.about if self.estimate else 0)

    @property
    def low(self) -> int:
        return self.reported + (self.estimate.low if self.estimate else 0)

    @property
    def high(self) -> int:
        """The cautious end."""
        return self.reported + (self.estimate.high if self.estimate else 0)


# Of each channel the newest syncs, with what each has reported of these pools.
_SYNCS = """
SELECT s.channel_id, s.received_at, u.pool_id, u.units
  FROM unnest(%(channels)s::bigint[]) AS c (id)
 CROSS JOIN LATERAL (SELECT id, channel_id, received_at FROM offline_sync
                      WHERE channel_id = c.id ORDER BY id DESC LIMIT %(most)s) s
  LEFT JOIN offline_reportedunits u ON u.sync_id = s.id AND u.pool_id = ANY (%(pools)s)
 ORDER BY s.channel_id, s.id
"""
# A sales file is many syncs within a minute.
_MOST_SYNCS = 500


def reported_sales(
    setup: EventSetup,
    channel_ids: Collection[int],
    counters: Mapping[int, RowCounters],
    now: datetime,
) -> list[ReportedSales]:
    """Each pool in which one of the channels has a part. One statement; ``counters``: of each stock row."""
    rows = [
        LateRow(
            stock_id=row.id,
            event_id=setup.id,
            pool_id=row.pool_id,
            channel_id=row.channel_id,
            zone=setup.zone,
            sold=counters[row.id].sold,
            room=max(room_of(row, counters, now), 0),
            until=setup.window.end,
            one_in=_one_in(row, setup),
        )
        for row in setup.rows.values()
        if row.channel_id is not None and row.channel_id in channel_ids and row.pool_id is not None
    ]
    return estimated(rows, now)


def _one_in(row: RowSetup, setup: EventSetup) -> int | None:
    channel = setup.channels.get(row.channel_id or 0)
    has_buffer = row.draws_on is not None and channel is not None and channel.safety_buffer
    return channel.buffer_one_in if channel is not None and has_buffer else None


LATE_ROWS = Path(__file__).with_name("late_rows.sql").read_text()


class _Record(NamedTuple):
    """A row of that statement."""

    stock_id: int
    event_id: int
    pool_id: int
    channel_id: int
    zone: str
    sold: int
    room: int
    covered: int
    until: datetime
    since: datetime
    about: int | None
    low: int | None
    high: int | None
    at_risk: int
    reported_at: datetime | None
    estimated_at: datetime | None


def late_rows(event_ids: Sequence[int], now: datetime) -> list[LateRow]:
    """Of these events, the rows of channels that report late and have reported, in the order of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            LATE_ROWS, {"events": list(event_ids), "late": list(REPORTS_LATE), "now": now}
        )
        return [_late_row(_Record(*record)) for record in cursor.fetchall()]


def _late_row(record: _Record) -> LateRow:
    known = None
    if record.reported_at is not None and record.estimated_at is not None:
        numbers = (record.about, record.low, record.high, record.at_risk)
        known = Unreported(*numbers, record.reported_at, record.estimated_at)
    return LateRow(
        stock_id=record.stock_id,
        event_id=record.event_id,
        pool_id=record.pool_id,
        channel_id=record.channel_id,
        zone=ZoneInfo(record.zone),
        sold=record.sold,
        room=max(record.room, 0),
        covered=record.covered,
        until=record.until,
        since=record.since,
        known=known,
    )


def estimated(rows: Sequence[LateRow], now: datetime) -> list[ReportedSales]:
    """Of each row whose channel has reported. One statement."""
    histories = _histories({row.channel_id for row in rows}, {row.pool_id for row in rows})
    return [
        _estimated(row, histories[row.channel_id], now)
        for row in rows
        if row.channel_id in histories
    ]


def _estimated(row: LateRow, history: "Sequence[_Reported]", now: datetime) -> ReportedSales:
    at = history[-1].at
    until = min(now, row.until) if row.until else now
    spans = _spans(history, row)
    estimate = pace.estimate(spans, (until - at) / _HOUR, _hour(until, row.zone))
    needed, hours = _buffer(row, spans, at, now)
    return ReportedSales(row, at, history[-1].newest, _at_most(estimate, row.room), needed, hours)


@dataclass(slots=True)
class _Reported:
    """What was reported at one moment, or within a minute from it: units by pool."""

    at: datetime
    newest: datetime
    units: dict[int, int]


def _histories(channels: Iterable[int], pools: Iterable[int]) -> dict[int, list[_Reported]]:
    """Channel → its reports, the oldest first; what came within a minute is one."""
    histories: dict[int, list[_Reported]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SYNCS, {"channels": list(channels), "pools": list(pools), "most": _MOST_SYNCS}
        )
        for channel_id, at, pool_id, units in cursor.fetchall():
            history = histories.setdefault(channel_id, [])
            if not history or (at - history[-1].at) / _HOUR > pace.SHORTEST:
                history.append(_Reported(at, at, {}))
            history[-1].newest = at
            if pool_id is not None:
                own = history[-1].units
                own[pool_id] = own.get(pool_id, 0) + units
    return histories


def _spans(history: Sequence[_Reported], row: LateRow) -> list[Span]:
    """The newest first, from the first one on that has reported anything of the pool.

    Where nothing was ever reported of it, all in which it could have been sold: nothing is a number too.
    """
    spans = [
        Span(
            max(later.units.get(row.pool_id, 0), 0),
            (later.at - earlier.at) / _HOUR,
            _hour(later.at, row.zone),
        )
        for earlier, later in pairwise(history)
    ]
    first = next((number for number, span in enumerate(spans) if span.units), None)
    if first is None:
        since = row.since
        open_from = [entry.at for entry in history[:-1]]
        return [span for span, at in zip(spans, open_from, strict=True) if since and at >= since][
            ::-1
        ]
    return spans[first:][::-1]


def _buffer(
    row: LateRow, spans: Sequence[Span], at: datetime, now: datetime
) -> tuple[int | None, float]:
    """Until the next report, which comes as late as the latest of the last ones, or later if it is overdue."""
    if row.one_in is None or not spans:
        return None, 0.0
    until = at + pace.covered(spans, (now - at) / _HOUR) * _HOUR
    if row.until is not None:
        until = min(until, row.until)
    hours = (until - at) / _HOUR
    if hours <= 0:
        return 0, 0.0
    return pace.buffer(spans, hours, _hour(until, row.zone), 1 / row.one_in), hours


def _hour(at: datetime, zone: ZoneInfo) -> float:
    local = at.astimezone(zone)
    return local.hour + local.minute / 60


def _at_most(estimate: Estimate | None, room: int) -> Estimate | None:
    if estimate is None:
        return None
    return Estimate(min(estimate.mean, room), min(estimate.low, room), min(estimate.high, room))
