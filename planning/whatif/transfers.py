"""Units that move between channels in a run: by transfer rules, by dynamic plans, with or without an approval.

``candidate()`` is the twin of ``transfers/rules/candidates.sql`` for one pool, and ``_needs_approval()`` of
``transfers/sql/transfers_needs.sql``; tests/planning/whatif/test_twins.py holds both to the same answers. What dynamic plans move is
worked out by their own code. Channels that report late are taken for channels that report at once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple

from allocations.enums import StockKind
from allocations.plans.spec import Line
from planning.whatif.scene import Rule, Scene
from planning.whatif.stock import MemoryStock
from transfers.dynamic.forecast import LOOK_BACK, Forecast, Past, forecast
from transfers.dynamic.split import COOLDOWN, Row, moves
from transfers.enums import Amount

DAY = 86_400.0
HOUR = 3_600.0
# With the day that has begun.
OLDEST = LOOK_BACK.total_seconds() + DAY
PERCENT = 10_000  # in the hundredths of a percent in which rules are kept


class Candidate(NamedTuple):
    """Units that a rule moves from one row to another."""

    rule: Rule
    source: int
    target: int
    units: int


class Side(NamedTuple):
    """A channel's row as a rule sees it."""

    row: int
    channel_id: int
    own: int
    sold: int
    free: int
    loose: int
    room: float


@dataclass(slots=True)
class Request:
    """A transfer that was asked for; ``rule_id`` 0: by a dynamic plan."""

    number: int
    pool_id: int
    source: int
    target: int
    units: int
    rule_id: int
    requested_at: float


@dataclass(slots=True)
class Between:
    """What happened between two rows, either way."""

    last_at: float = -inf  # asked for, or ended
    failed_at: float = -inf
    number: int = -1  # of the last one that was executed
    source: int = -1  # of that one


@dataclass(slots=True)
class Counts:
    transfers: int = 0
    units: int = 0
    approvals: int = 0
    lapsed: int = 0


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


Later = Callable[[float, Callable[[float], None]], None]


class Transfers:
    """The transfers of one run. ``later`` calls something at a moment of it.

    ``answer_seconds``: so long after it was asked for a person approves what needs it; ``None``: nobody ever does.
    """

    def __init__(
        self,
        scene: Scene,
        stock: MemoryStock,
        lines: Mapping[int, Mapping[int, Line]] | None,
        answer_seconds: float | None,
        later: Later,
    ) -> None:
        self.scene, self.stock, self.later = scene, stock, later
        self.lines = lines
        self.answer_seconds = answer_seconds
        self.counts = Counts()
        self._number = 0
        self._waiting: list[Request] = []
        self._between: defaultdict[tuple[int, int], Between] = defaultdict(Between)
        self._taken: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)  # by source
        self._by_rule: defaultdict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
        self._look_at = inf
        # Units sold of its own from which on a row may get some by a rule.
        self.hot_at: list[float] = [inf] * len(stock.rows)
        self._channel_rows: dict[int, list[int]] = defaultdict(list)
        for number, row in enumerate(stock.rows):
            if row.kind == StockKind.CHANNEL:
                self._channel_rows[row.pool_id or 0].append(number)
        self.dynamic = self._dynamic_pools()
        self.by_row = {row: pool for pool in self.dynamic for row in pool.rows}
        self.warm()

    @property
    def watches(self) -> bool:
        """Whether it has to be told of sales."""
        return bool(self.scene.rules or self.dynamic)

    # --- When rules look ------------------------------------------------------------------

    def warm(self) -> None:
        """Work out anew from when on a row is of interest to the rules; after a plan or a release, too."""
        if not self.scene.rules:
            return
        lowest = min(rule.at_least for rule in self.scene.rules)
        for rows in self._channel_rows.values():
            for row in rows:
                own = self.stock.own(row)
                self.hot_at[row] = -(-lowest * own // PERCENT) if own > 0 else inf

    def wake(self, at: float) -> None:
        """Stock has moved: the rules look a second later, as the worker does."""
        self._look_by(at + 1.0)

    def _look_by(self, at: float) -> None:
        if at < self._look_at:
            self._look_at = at
            self.later(at, self.look)

    def look(self, at: float) -> None:
        """Let the rules look at each pool, and do what they ask."""
        if at != self._look_at:
            return  # an earlier look has taken its place
        self._look_at = inf
        retry = inf
        for pool_id in self._channel_rows:
            candidate, again = self.candidate(pool_id, at)
            retry = min(retry, again)
            if candidate is not None:
                rule, source, target, units = candidate
                self._ask(Request(self._next(), pool_id, source, target, units, rule.id, at), at)
                self.wake(at)
        if retry < inf:
            self._look_by(max(retry, at + 1.0))

    def candidate(self, pool_id: int, at: float) -> tuple[Candidate | None, float]:
        """What the rules move in a pool at a moment, and when time alone may let them move more."""
        sides = [side for row in self._channel_rows[pool_id] for side in self._side(row)]
        waiting_for = {request.target for request in self._waiting}
        best: tuple[object, Candidate] | None = None
        retry = inf
        for rule in self.scene.rules:
            if not rule.opens <= at < rule.closes:
                retry = min(retry, rule.opens) if rule.opens > at else retry
                continue
            sources = [side for side in sides if self._gives(rule, side)]
            if not sources:
                continue
            for target in sides:
                if target.row in waiting_for or not self._gets(rule, target, at):
                    continue
                for source in sources:
                    units, again = self._units(rule, source, target, pool_id, at)
                    retry = min(retry, again)
                    if units < 1:
                        continue
                    key = (
                        not rule.is_of_event,
                        rule.id,
                        -Fraction(target.sold, target.own),
                        Fraction(source.sold, source.own),
                        -source.free,
                        source.row,
                        target.row,
                    )
                    if best is None or key < best[0]:  # type: ignore[operator]
                        best = key, Candidate(rule, source.row, target.row, units)
        return (best[1] if best else None), retry

    def _side(self, row: int) -> Iterable[Side]:
        stock = self.stock
        own = stock.own(row)
        if own <= 0:
            return
        channel_id = stock.rows[row].channel_id or 0
        going = sum(request.units for request in self._waiting if request.source == row)
        yield Side(
            row,
            channel_id,
            own,
            stock.own_sold(row),
            stock.free(row) - going,
            self._loose(row, channel_id) - going,
            stock.ceiling[row] - stock.quantity[row],
        )

    def _loose(self, row: int, channel_id: int) -> int:
        """What of it may go: a plan's part is its channel's alone, unless it is dynamic: then down to its floor."""
        stock = self.stock
        if self.lines is None:
            return stock.quantity[row]
        line = self.lines.get(stock.rows[row].pool_id or 0, {}).get(channel_id)
        if line is None:
            return stock.quantity[row]
        return stock.own(row) - (line.floor or 0) if line.is_dynamic else 0

    def _gives(self, rule: Rule, side: Side) -> bool:
        return (
            PERCENT * side.sold < rule.below * side.own
            and min(side.free - rule.keeps, side.loose) > 0
            and (not rule.sources or side.channel_id in rule.sources)
            and side.channel_id not in self.scene.policy.protected
        )

    def _gets(self, rule: Rule, side: Side, at: float) -> bool:
        pool_id = self.stock.rows[side.row].pool_id or 0
        return (
            PERCENT * side.sold >= rule.at_least * side.own
            and side.room > 0
            and (not rule.targets or side.channel_id in rule.targets)
            and self.scene.sellers.get((pool_id, side.channel_id), -inf) > at
        )

    def _units(
        self, rule: Rule, source: Side, target: Side, pool_id: int, at: float
    ) -> tuple[int, float]:
        """How many units a rule moves between two, and when it may be more where time alone is in the way."""
        if source.row == target.row:
            return 0, inf
        between = self._between[_pair(source.row, target.row)]
        rests = max(between.last_at + rule.cooldown, between.failed_at + 60.0)
        if rests > at:
            return 0, rests
        extra = rule.hysteresis if between.source == target.row else 0
        at_least = min(PERCENT, rule.at_least + extra)
        if (
            PERCENT * source.sold >= (rule.below - extra) * source.own
            or PERCENT * target.sold < at_least * target.own
        ):
            return 0, inf
        bounds = [_amount(rule, source, target), source.free - rule.keeps, source.loose]
        if target.room < inf:
            bounds.append(int(target.room))
        if rule.max_per_run is not None:
            bounds.append(rule.max_per_run)
        units = min(bounds)
        if rule.max_per_day is None or units < 1:
            return units, inf
        recent = self._of_day(rule.id, pool_id, at)
        left = rule.max_per_day - sum(units for _at, units in recent)
        oldest = min((moment for moment, _units in recent), default=inf)
        return min(units, left), oldest + DAY if left < 1 else inf

    def _of_day(self, rule_id: int, pool_id: int, at: float) -> list[tuple[float, int]]:
        done = self._by_rule[rule_id, pool_id]
        waiting = [
            (request.requested_at, request.units)
            for request in self._waiting
            if (request.rule_id, request.pool_id) == (rule_id, pool_id)
        ]
        return [entry for entry in done if entry[0] > at - DAY] + waiting

    # --- Asking, and answering --------------------------------------------------------------

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _ask(self, request: Request, at: float) -> None:
        between = self._between[_pair(request.source, request.target)]
        between.last_at = at
        if not self._needs_approval(request, at):
            self._execute(request, at)
            return
        self.counts.approvals += 1
        self._waiting.append(request)
        lapses_at = min(at + self.scene.policy.lapse_seconds, self.scene.ends)
        answered_at = inf if self.answer_seconds is None else at + self.answer_seconds
        if answered_at < lapses_at:
            self.later(answered_at, lambda moment: self._approve(request, moment))
        else:
            self.later(lapses_at, lambda moment: self._lapse(request, moment))

    def _needs_approval(self, request: Request, at: float) -> bool:
        policy = self.scene.policy
        if self.scene.event.starts_at.timestamp() <= at + policy.approval_seconds:
            return True
        if policy.approval_above is not None:
            recent = (units for moment, units in self._taken[request.source] if moment > at - DAY)
            if request.units + sum(recent) > policy.approval_above:
                return True
        rows = self.stock.rows
        channels = {rows[request.source].channel_id, rows[request.target].channel_id}
        return not policy.always.isdisjoint(channel or 0 for channel in channels)

    def _approve(self, request: Request, at: float) -> None:
        self._waiting.remove(request)
        self._between[_pair(request.source, request.target)].last_at = at
        self._execute(request, at)
        self._look_by(at + 1.0)

    def _lapse(self, request: Request, at: float) -> None:
        self._waiting.remove(request)
        self.counts.lapsed += 1
        self._between[_pair(request.source, request.target)].last_at = at
        self._look_by(at + 1.0)

    def _execute(self, request: Request, at: float) -> None:
        source, target = request.source, request.target
        between = self._between[_pair(source, target)]
        if not self.stock.move(source, target, request.units):
            between.failed_at = at
            return
        if request.number > between.number:
            between.number, between.source = request.number, source
        self.counts.transfers += 1
        self.counts.units += request.units
        self._taken[source].append((at, request.units))
        if request.rule_id:
            self._by_rule[request.rule_id, request.pool_id].append((at, request.units))
        self.warm()
        self.opened(target, at)

    # --- Dynamic plans ----------------------------------------------------------------------

    def _dynamic_pools(self) -> list[Dynamic]:
        """Of each pool with two dynamic lines and more."""
        pools = []
        for pool_id, lines in (self.lines or {}).items():
            rows = {
                row: lines[channel].floor or 0
                for row in self._channel_rows[pool_id]
                for channel in (self.stock.rows[row].channel_id or 0,)
                if channel in lines and lines[channel].is_dynamic
            }
            if len(rows) > 1:
                pool = Dynamic(pool_id, list(rows), rows)
                pool.sold = {row: defaultdict(int) for row in rows}
                pool.closed = {row: defaultdict(float) for row in rows}
                pool.empty_since = {
                    row: self.scene.begins for row in rows if self.stock.free(row) <= 0
                }
                pools.append(pool)
        return pools

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
        for pool in self.dynamic:
            is_waiting = any(request.pool_id == pool.pool_id for request in self._waiting)
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
            self._ask(Request(self._next(), pool.pool_id, source, target, move.units, 0, at), at)

    def _has_gone_back(self, pool: Dynamic, row: int, at: float) -> bool:
        line = (self.lines or {})[pool.pool_id][self.stock.rows[row].channel_id or 0]
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


def _pair(first: int, second: int) -> tuple[int, int]:
    return (first, second) if first < second else (second, first)


def _amount(rule: Rule, source: Side, target: Side) -> int:
    if rule.amount == Amount.UNITS:
        return rule.value
    if rule.amount == Amount.PERCENT:
        return source.free * rule.value // 100
    # Both have then sold the same share; half of what is unsold at most.
    even = target.sold * (source.own + target.own) // (source.sold + target.sold) - target.own
    return min((source.free + 1) // 2, even)


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
