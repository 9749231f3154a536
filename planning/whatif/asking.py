"""Transfers of a run that were asked for: judged, waiting for an approval, executed.

``needs_approval()`` is the twin of ``transfers/sql/transfers_needs.sql`` (tests/planning/whatif/test_twins.py).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from planning.whatif.scene import DAY, Scene
from planning.whatif.stock import MemoryStock


@dataclass(slots=True)
class Request:
    """A transfer that was asked for; ``rule_id`` 0: by a dynamic plan."""

    pool_id: int
    source: int
    target: int
    units: int
    rule_id: int
    requested_at: float
    number: int = 0


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


Later = Callable[[float, Callable[[float], None]], None]
Happened = Callable[[int, float], None]


class Requests:
    """What was asked for so far in one run, and what became of it. ``later`` calls something at a moment of the run.

    ``answer_seconds``: so long after it was asked for a person approves what needs it; ``None``: nobody ever does.
    ``moved`` is told of the row that has got units, ``answered`` of the moment of an answer.
    """

    def __init__(
        self, scene: Scene, stock: MemoryStock, answer_seconds: float | None, later: Later
    ) -> None:
        self.scene, self.stock, self.later = scene, stock, later
        self.answer_seconds = answer_seconds
        self.counts = Counts()
        self.waiting: list[Request] = []
        self.moved: Happened = lambda _row, _at: None
        self.answered: Callable[[float], None] = lambda _at: None
        self._number = 0
        self._between: defaultdict[tuple[int, int], Between] = defaultdict(Between)
        self._taken: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)  # by source
        self._by_rule: defaultdict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)

    def between(self, first: int, second: int) -> Between:
        return self._between[(first, second) if first < second else (second, first)]

    def going(self, row: int) -> int:
        """Units of a row that somebody has asked for and nobody has decided on."""
        return sum(request.units for request in self.waiting if request.source == row)

    def of_day(self, rule_id: int, pool_id: int, at: float) -> list[tuple[float, int]]:
        """What a rule has moved or asked for in a pool within the last 24 hours: when, and how many units."""
        done = self._by_rule[rule_id, pool_id]
        waiting = [
            (request.requested_at, request.units)
            for request in self.waiting
            if (request.rule_id, request.pool_id) == (rule_id, pool_id)
        ]
        return [entry for entry in done if entry[0] > at - DAY] + waiting

    def ask(self, request: Request) -> None:
        """Execute it, or let it wait for its answer."""
        at = request.requested_at
        self._number += 1
        request.number = self._number
        self.between(request.source, request.target).last_at = at
        if not self.needs_approval(request, at):
            self._execute(request, at)
            return
        self.counts.approvals += 1
        self.waiting.append(request)
        lapses_at = min(at + self.scene.policy.lapse_seconds, self.scene.ends)
        answered_at = inf if self.answer_seconds is None else at + self.answer_seconds
        if answered_at < lapses_at:
            self.later(answered_at, lambda moment: self._approve(request, moment))
        else:
            self.later(lapses_at, lambda moment: self._lapse(request, moment))

    def needs_approval(self, request: Request, at: float) -> bool:
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
        self.waiting.remove(request)
        self.between(request.source, request.target).last_at = at
        self._execute(request, at)
        self.answered(at)

    def _lapse(self, request: Request, at: float) -> None:
        self.waiting.remove(request)
        self.counts.lapsed += 1
        self.between(request.source, request.target).last_at = at
        self.answered(at)

    def _execute(self, request: Request, at: float) -> None:
        source, target = request.source, request.target
        between = self.between(source, target)
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
        self.moved(target, at)
