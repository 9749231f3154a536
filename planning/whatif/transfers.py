"""Units that move between channels in a run: when rules and dynamic plans look, and what they then ask for."""

from collections import defaultdict
from collections.abc import Mapping
from math import inf

from allocations.enums import StockKind
from allocations.plans.spec import Line
from planning.whatif.asking import Later, Request, Requests
from planning.whatif.candidates import Candidates
from planning.whatif.dynamic import DynamicPools
from planning.whatif.scene import PERCENT, Scene
from planning.whatif.stock import MemoryStock


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
        self._look_at = inf
        # Units sold of its own from which on a row may get some by a rule.
        self.hot_at: list[float] = [inf] * len(stock.rows)
        self._rows: dict[int, list[int]] = defaultdict(list)
        for number, row in enumerate(stock.rows):
            if row.kind == StockKind.CHANNEL:
                self._rows[row.pool_id or 0].append(number)
        self.requests = Requests(scene, stock, answer_seconds, later)
        self.candidates = Candidates(scene, stock, lines, self._rows, self.requests)
        self.dynamic = DynamicPools(scene, stock, lines, self._rows, self.requests)
        self.requests.moved = self._moved
        self.requests.answered = self.wake
        self.warm()

    @property
    def watches(self) -> bool:
        """Whether it has to be told of sales."""
        return bool(self.scene.rules or self.dynamic.pools)

    def _moved(self, target: int, at: float) -> None:
        self.warm()
        self.dynamic.opened(target, at)

    def warm(self) -> None:
        """Work out anew from when on a row is of interest to the rules; after a plan or a release, too."""
        if not self.scene.rules:
            return
        lowest = min(rule.at_least for rule in self.scene.rules)
        for rows in self._rows.values():
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
        for pool_id in self._rows:
            candidate, again = self.candidates.of_pool(pool_id, at)
            retry = min(retry, again)
            if candidate is not None:
                rule, source, target, units = candidate
                self.requests.ask(Request(pool_id, source, target, units, rule.id, at))
                self.wake(at)
        if retry < inf:
            self._look_by(max(retry, at + 1.0))
