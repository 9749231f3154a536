"""What transfer rules would move at a moment of a run: the twin of ``transfers/rules/candidates.sql`` for one pool.

tests/planning/whatif/test_twins.py holds both to the same answers. Channels that report late are taken for channels that
report at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import NamedTuple

from allocations.plans.spec import Line
from planning.whatif.asking import Requests
from planning.whatif.scene import DAY, PERCENT, Rule, Scene
from planning.whatif.stock import MemoryStock
from transfers.enums import Amount


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


class Candidates:
    """Of one run. ``rows``: of the channels of each pool."""

    def __init__(
        self,
        scene: Scene,
        stock: MemoryStock,
        lines: Mapping[int, Mapping[int, Line]] | None,
        rows: Mapping[int, Sequence[int]],
        requests: Requests,
    ) -> None:
        self.scene, self.stock, self.requests = scene, stock, requests
        self.lines, self.rows = lines, rows

    def of_pool(self, pool_id: int, at: float) -> tuple[Candidate | None, float]:
        """What the rules move in a pool at a moment, and when time alone may let them move more."""
        sides = [side for row in self.rows[pool_id] for side in self._side(row)]
        waiting_for = {request.target for request in self.requests.waiting}
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
        going = self.requests.going(row)
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
        between = self.requests.between(source.row, target.row)
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
        recent = self.requests.of_day(rule.id, pool_id, at)
        left = rule.max_per_day - sum(units for _at, units in recent)
        oldest = min((moment for moment, _units in recent), default=inf)
        return min(units, left), oldest + DAY if left < 1 else inf


def _amount(rule: Rule, source: Side, target: Side) -> int:
    if rule.amount == Amount.UNITS:
        return rule.value
    if rule.amount == Amount.PERCENT:
        return source.free * rule.value // 100
    # Both have then sold the same share; half of what is unsold at most.
    even = target.sold * (source.own + target.own) // (source.sold + target.sold) - target.own
    return min((source.free + 1) // 2, even)
