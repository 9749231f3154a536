"""One run: the steps of a demand against a plan, in order of time.

Decisions are those of the house: the ledger's by ``stock.py``, what a plan gives and when it goes back by
``allocations/plans``, what moves by ``transfers.py`` and what stands below it. Windows, stops and limits per booking of ``sales/rules.py`` are the same
for every plan; what they refuse comes as a step that is CLOSED.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from allocations.enums import StockKind
from planning.whatif.courses import Course
from planning.whatif.demand import (
    CHANGE,
    CLOSED,
    CONFIRM,
    FROM_BLOCK,
    HAND_BACK,
    HOLD,
    SELL,
    SET_ASIDE,
    SETUP,
    Act,
    Step,
)
from planning.whatif.scene import Scene
from planning.whatif.stock import MemoryStock
from planning.whatif.transfers import Transfers

# Beside the limits of the ledger: outside a window of sale, or more than a booking may have.
CLOSED_WHY = "closed"


@dataclass(frozen=True, slots=True)
class Settings:
    """``answer_hours``: so long after it was asked for what needs approval gets it; ``None``: never. ``bounds``: the ends of the
    stretches of time in which sales are counted.
    """

    moves: bool = True
    answer_hours: float | None = 2.0
    bounds: Sequence[float] = ()


@dataclass(slots=True)
class Result:
    """What came of one demand under one plan; tickets and cents by channel, units of pools."""

    sold: Counter[int] = field(default_factory=Counter)
    cents: Counter[int] = field(default_factory=Counter)
    away: Counter[int] = field(default_factory=Counter)
    away_by: Counter[str] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)  # 0: shared stock
    moved: int = 0
    transfers: int = 0
    approvals: int = 0
    lapsed: int = 0
    released: int = 0
    over_time: list[int] = field(default_factory=list)
    over_time_away: list[int] = field(default_factory=list)


class Clock:
    """What happens at its time beside sales, the earliest first."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        self.next_at = inf

    def later(self, at: float, act: Callable[[float], None]) -> None:
        self._count += 1
        heappush(self._due, (at, self._count, act))
        self.next_at = self._due[0][0]

    def advance(self, until: float) -> None:
        """Do what is due by then, and what that makes due."""
        due = self._due
        while due and due[0][0] <= until:
            at, _count, act = heappop(due)
            act(at)
        self.next_at = due[0][0] if due else inf


class Run:
    def __init__(self, scene: Scene, course: Course, settings: Settings) -> None:
        self.scene, self.course, self.settings = scene, course, settings
        self.stock: MemoryStock = course.begin.copy()
        self.result = Result()
        self.clock = Clock()
        answer = None if settings.answer_hours is None else settings.answer_hours * 3600.0
        self.transfers: Transfers | None = None
        if settings.moves and course.lines is not None:
            self.transfers = Transfers(scene, self.stock, course.lines, answer, self.clock.later)
            for at in course.looks if self.transfers.dynamic.pools else ():
                self.clock.later(at, self.transfers.dynamic.rebalance)
        for at in course.releases:
            self.clock.later(at, self._release)
        for at in settings.bounds:
            self.clock.later(at, self._snapshot)

    def play(self, steps: Sequence[Step], until: float) -> Result:
        """Until a moment; steps after it are not there."""
        clock, ask, handlers = self.clock, self.stock.ask, self._handlers()
        sold, cents = self.result.sold, self.result.cents
        is_watched = self.transfers is not None and self.transfers.watches
        refused: set[int] = set()
        for at, _order, act, story in steps:
            if at > until:
                break
            if clock.next_at <= at:
                clock.advance(at)
            if act.kind == SELL:
                row = ask(act.needs, at, True)
                is_done = row < 0 or self._refuse(act, row, at)
            elif story in refused:
                continue
            else:
                is_done = handlers[act.kind](act, at)
            if not is_done:
                # Of a change that is refused, too, the rest of its story is left out: it rests on that change.
                if story >= 0:
                    refused.add(story)
                continue
            if act.tickets or act.cents:
                sold[act.channel] += act.tickets
                cents[act.channel] += act.cents
            if is_watched:
                self._tell(act, at)
        clock.advance(until)
        return self._finish()

    def _handlers(self) -> Mapping[int, Callable[[Act, float], bool]]:
        """Whatever is no plain sale; each says whether it was done."""
        return {
            CLOSED: self._closed,
            HOLD: self._hold,
            SET_ASIDE: self._set_aside,
            CONFIRM: self._confirm,
            CHANGE: lambda act, at: self.stock.change(act.needs, at) < 0,
            FROM_BLOCK: self._from_block,
            HAND_BACK: self._hand_back,
            SETUP: self._set_up,
        }

    def _refuse(self, act: Act, row: int, at: float) -> bool:
        self.result.away[act.channel] += act.size
        units = next(need[1] for need in act.needs if need[0] == row)
        self.result.away_by[self.stock.limited_by(row, units, at)] += act.size
        return False

    def _closed(self, act: Act, _at: float) -> bool:
        self.result.away[act.channel] += act.size
        self.result.away_by[CLOSED_WHY] += act.size
        return False

    def _hold(self, act: Act, at: float) -> bool:
        row = self.stock.ask(act.needs, at, sells=False)
        return row < 0 or self._refuse(act, row, at)

    def _set_aside(self, act: Act, at: float) -> bool:
        if not self._hold(act, at):
            return False
        for need in act.needs:
            self.stock.set_aside[need[0]] += need[1]
        return True

    def _confirm(self, act: Act, _at: float) -> bool:
        self.stock.confirm(act.needs)
        return True

    def _from_block(self, act: Act, at: float) -> bool:
        """A sale from what was set aside; an ordinary one, where there was too little to set aside."""
        stock = self.stock
        if all(stock.set_aside[need[0]] >= need[1] for need in act.needs):
            for need in act.needs:
                stock.set_aside[need[0]] -= need[1]
            return self._confirm(act, at)
        row = stock.ask(act.needs, at, sells=True)
        return row < 0 or self._refuse(act, row, at)

    def _hand_back(self, act: Act, at: float) -> bool:
        aside = self.stock.set_aside
        changes = [(need[0], -min(need[1], aside[need[0]]), 0) for need in act.needs]
        for row, held, _sold in changes:
            aside[row] += held
        return self.stock.change(changes, at) < 0

    def _set_up(self, act: Act, _at: float) -> bool:
        self.course.set_up(self.stock, act)
        if self.transfers is not None:
            self.transfers.warm()
        return True

    def _tell(self, act: Act, at: float) -> None:
        """Wake the rules where a row has sold so much that they may give it more; count for the forecasts."""
        transfers = self.transfers
        if transfers is None:
            return
        hot_at, units_sold, by_row = transfers.hot_at, self.stock.sold, transfers.dynamic.by_row
        for need in act.needs:
            row = need[0]
            if units_sold[row] >= hot_at[row]:
                transfers.wake(at)
            if row in by_row:
                transfers.dynamic.count(row, self._sold_by(act, need), at)

    @staticmethod
    def _sold_by(act: Act, need: Sequence[int]) -> int:
        if act.kind == CHANGE:
            return need[2]
        return 0 if act.kind in {HOLD, SET_ASIDE, HAND_BACK} else need[1]

    def _release(self, at: float) -> None:
        self.result.released += self.course.release(self.stock, at)
        if self.transfers is not None:
            self.transfers.warm()

    def _snapshot(self, _at: float) -> None:
        self.result.over_time.append(self.result.sold.total())
        self.result.over_time_away.append(self.result.away.total())

    def _finish(self) -> Result:
        result, stock = self.result, self.stock
        for number, row in enumerate(stock.rows):
            if row.kind == StockKind.CHANNEL:
                result.left[row.channel_id or 0] += stock.free(number)
            elif row.kind == StockKind.OPEN:
                result.left[0] += stock.quantity[number]
        if self.transfers is not None:
            counts = self.transfers.requests.counts
            result.moved, result.transfers = counts.units, counts.transfers
            result.approvals, result.lapsed = counts.approvals, counts.lapsed
        return result
