"""Dynamic plans in a run: what their forecasts rest on, and the moves that the code of the house makes of these."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any

from allocations.plans.spec import Line
from planning.whatif.asking import Request, Requests
from planning.whatif.scene import DAY, HOUR, Scene
from planning.whatif.stock import MemoryStock
from transfers.dynamic.forecast import LOOK_BACK, Forecast, Past, forecast
from transfers.dynamic.split import COOLDOWN, Row, moves

# With the day that has begun.
OLDEST = LOOK_BACK.total_seconds() + DAY


@dataclass(slots=True)
class Dynamic:
    """The dynamic rows of a pool, and what their forecasts rest on."""

    pool_id: int
    rows: list[int]
    floors: Mapping[int, int]
    sold: dict[int, dict[int, int]] = field(default_factory=dict)  # row → hour → units
    empty_since: dict[int, float] = field(default_factory=dict)
    closed: dict[int, dict[int, float]] = field(default_factory=dict)
    received_at: dict[int, float] = field(default_factory=dict)
    moved_at: float = -inf


class DynamicPools:
    """Of one run: each pool with two dynamic lines and more. ``rows``: of the channels of each pool."""

    def __init__(
        self,
        scene: Scene,
        stock: MemoryStock,
        lines: Mapping[int, Mapping[int, Line]] | None,
        rows: Mapping[int, Sequence[int]],
        requests: Requests,
    ) -> None:
        self.scene, self.stock, self.requests = scene, stock, requests
        self.lines = lines or {}
        self.pools = [
            pool
            for pool_id, of_channels in self.lines.items()
            if (pool := self._pool(pool_id, of_channels, rows[pool_id])) is not None
        ]
        self.by_row = {row: pool for pool in self.pools for row in pool.rows}

    def _pool(
        self, pool_id: int, lines: Mapping[int, Line], of_channels: Sequence[int]
    ) -> Dynamic | None:
        floors = {
            row: lines[channel].floor or 0
            for row in of_channels
            for channel in (self.stock.rows[row].channel_id or 0,)
            if channel in lines and lines[channel].is_dynamic
        }
        if len(floors) < 2:  # noqa: PLR2004 - one has nobody to give to
            return None
        pool = Dynamic(pool_id, list(floors), floors)
        pool.sold = {row: defaultdict(int) for row in floors}
        pool.closed = {row: defaultdict(float) for row in floors}
        pool.empty_since = {row: self.scene.begins for row in floors if self.stock.free(row) <= 0}
        return pool

    def count(self, row: int, units: int, at: float) -> None:
        """Units of a dynamic row were sold, or given back (fewer than none)."""
        pool = self.by_row[row]
        pool.sold[row][int(at // HOUR)] += units
        if self.stock.free(row) <= 0:
            pool.empty_since.setdefault(row, at)
        else:
            self.opened(row, at)

    def opened(self, row: int, at: float) -> None:
        """A dynamic row has something again: the time in which it had nothing is over."""
        pool = self.by_row.get(row)
        if pool is None or row not in pool.empty_since or self.stock.free(row) <= 0:
            return
        _add_hours(pool.closed[row], pool.empty_since.pop(row), at)

    def rebalance(self, at: float) -> None:
        """Let unsold stock of dynamic lines follow its demand, in each pool that does not rest."""
        for pool in self.pools:
            is_waiting = any(request.pool_id == pool.pool_id for request in self.requests.waiting)
            if not is_waiting and at - pool.moved_at >= COOLDOWN.total_seconds():
                self._rebalance(pool, at)

    def _rebalance(self, pool: Dynamic, at: float) -> None:
        now = datetime.fromtimestamp(at, UTC)
        rows = [row for row in pool.rows if not self._has_gone_back(pool, row, at)]
        if len(rows) < 2:  # noqa: PLR2004 - one has nobody to give to
            return
        pasts = [self._past(pool, row, at) for row in rows]
        seen = forecast(pasts, now, self.scene.event.starts_at)
        by_channel = {past.channel_id: row for past, row in zip(pasts, rows, strict=True)}
        dynamic_rows = [
            self._dynamic_row(pool, row, channel_forecast, at)
            for row, channel_forecast in zip(rows, seen, strict=True)
        ]
        for move in moves(dynamic_rows, now, None):
            source = by_channel[move.giver.channel_id]
            target = by_channel[move.receiver.channel_id]
            pool.moved_at = at
            pool.received_at[target] = at
            self.requests.ask(Request(pool.pool_id, source, target, move.units, 0, at))

    def _has_gone_back(self, pool: Dynamic, row: int, at: float) -> bool:
        line = self.lines[pool.pool_id][self.stock.rows[row].channel_id or 0]
        ends = line.releases_at is not None or line.release_hours is not None
        return ends and not at < self.stock.releases[row] < inf

    def _past(self, pool: Dynamic, row: int, at: float) -> Past:
        scene, stock = self.scene, self.stock
        closed: dict[int, float] = {}
        _forget(pool.sold[row], at)
        _forget(pool.closed[row], at)
        if stock.draws_on[row] < 0:
            closed = dict(pool.closed[row])
            if row in pool.empty_since:
                _add_hours(closed, pool.empty_since[row], at)
        return Past(
            channel_id=stock.rows[row].channel_id or 0,
            since=datetime.fromtimestamp(scene.begins, UTC),
            until=datetime.fromtimestamp(min(scene.ends, stock.releases[row]), UTC),
            sold={hour: units for hour, units in pool.sold[row].items() if units > 0},
            closed=closed,
            pace=scene.paces.get(pool.pool_id),
        )

    def _dynamic_row(self, pool: Dynamic, row: int, seen: Forecast, at: float) -> Row:
        stock = self.stock
        channel_id = stock.rows[row].channel_id or 0
        ceiling = stock.ceiling[row]
        if self.scene.sellers.get((pool.pool_id, channel_id), -inf) <= at:
            ceiling = min(ceiling, stock.quantity[row])  # one that cannot sell gets nothing more
        return Row(
            channel_id=channel_id,
            quantity=stock.quantity[row],
            held=stock.used[row] - stock.sold[row],
            sold=stock.sold[row],
            drawn=stock.drawn[row],
            floor=pool.floors[row],
            ceiling=None if ceiling == inf else int(ceiling),
            forecast=seen,
            received_at=datetime.fromtimestamp(pool.received_at.get(row, self.scene.begins), UTC),
            gives=channel_id not in self.scene.policy.protected,
        )


def _forget(hours: dict[int, Any], at: float) -> None:
    """What lies farther back than a forecast reads."""
    first = (at - OLDEST) // HOUR
    for hour in [hour for hour in hours if hour < first]:
        del hours[hour]


def _add_hours(parts: dict[int, float], since: float, until: float) -> None:
    """The part of each hour between two moments."""
    hour = int(since // HOUR)
    while hour * HOUR < until:
        begin, end = max(since, hour * HOUR), min(until, (hour + 1) * HOUR)
        parts[hour] = min(parts.get(hour, 0.0) + (end - begin) / HOUR, 1.0)
        hour += 1
