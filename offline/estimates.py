"""What channels that report late have sold by now: reported, and estimated from their own pace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection

from allocations.selectors import RowCounters, room_of
from allocations.setup import EventSetup
from offline import pace
from offline.pace import Estimate, Span

_HOUR = timedelta(hours=1)
# The next report may be as late as the latest of so many.
LATE_AS = 10


@dataclass(frozen=True, slots=True)
class ReportedSales:
    """Of a channel and a pool: so many units were sold when it reported last, and about so many are by now.

    ``estimate`` is of what came since, and never more than could be sold; nothing where the past is too short.
    """

    channel_id: int
    pool_id: int
    reported: int
    at: datetime
    estimate: Estimate | None
    buffer: int | None = None
    """Of a channel that draws on shared stock: so many it sells at most before it reports again, but with 1 in 10,000."""

    @property
    def about(self) -> int:
        return self.reported + (round(self.estimate.mean) if self.estimate else 0)

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
        row
        for row in setup.rows.values()
        if row.channel_id in channel_ids and row.pool_id is not None
    ]
    pools = {row.pool_id for row in rows}
    histories = _histories(list(channel_ids), [pool for pool in pools if pool is not None])
    reported = []
    for row in rows:
        history = histories.get(row.channel_id or 0)
        if history is None or row.pool_id is None:
            continue
        at = history[-1].at
        until = min(now, setup.window.end) if setup.window.end else now
        spans = _spans(history, row.pool_id, setup)
        estimate = pace.estimate(spans, (until - at) / _HOUR, _hour(until, setup))
        capped = _at_most(estimate, max(room_of(row, counters, now), 0))
        sold = counters[row.id].sold
        needed = _buffer(spans, at, setup) if row.draws_on is not None else None
        reported.append(ReportedSales(row.channel_id or 0, row.pool_id, sold, at, capped, needed))
    return reported


@dataclass(frozen=True, slots=True)
class _Reported:
    """What was reported at one moment: units by pool."""

    at: datetime
    units: dict[int, int]


def _histories(channels: Sequence[int], pools: Sequence[int]) -> dict[int, list[_Reported]]:
    """Channel → its reports, the oldest first; what came within a minute is one."""
    histories: dict[int, list[_Reported]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SYNCS, {"channels": list(channels), "pools": list(pools), "most": _MOST_SYNCS}
        )
        for channel_id, at, pool_id, units in cursor.fetchall():
            history = histories.setdefault(channel_id, [])
            if not history or (at - history[-1].at) / _HOUR > pace.SHORTEST:
                history.append(_Reported(at, {}))
            if pool_id is not None:
                own = history[-1].units
                own[pool_id] = own.get(pool_id, 0) + units
    return histories


def _spans(history: Sequence[_Reported], pool_id: int, setup: EventSetup) -> list[Span]:
    """The newest first, from the first one on that has reported anything of the pool."""
    spans = [
        Span(
            max(later.units.get(pool_id, 0), 0),
            (later.at - earlier.at) / _HOUR,
            _hour(later.at, setup),
        )
        for earlier, later in pairwise(history)
    ]
    while spans and not spans[0].units:
        spans.pop(0)
    return spans[::-1]


def _buffer(spans: Sequence[Span], at: datetime, setup: EventSetup) -> int | None:
    """Until the next report, which comes as late as the latest of the last ones."""
    if not spans:
        return None
    longest = max(span.hours for span in spans[:LATE_AS])
    return pace.buffer(spans, longest, _hour(at + longest * _HOUR, setup))


def _hour(at: datetime, setup: EventSetup) -> float:
    local = at.astimezone(setup.zone)
    return local.hour + local.minute / 60


def _at_most(estimate: Estimate | None, room: int) -> Estimate | None:
    if estimate is None:
        return None
    return Estimate(min(estimate.mean, room), min(estimate.low, room), min(estimate.high, room))
