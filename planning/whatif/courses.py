"""How stock is divided in a run: by a plan from the beginning of sales on, or as it really went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import inf

from allocations.ledger import Place
from allocations.plans.outcome import Problem, outcome_of
from allocations.plans.release import places
from allocations.plans.spec import Line, PlanSpec
from common.errors import RefusedError
from planning.whatif.demand import Act
from planning.whatif.scene import Scene
from planning.whatif.stock import MemoryStock

HOUR, DAY = 3_600.0, 86_400.0
# How often dynamic plans are looked at: hourly in the last days, where most is sold and each hour counts, else less often. The
# worker looks every five minutes, but its pools rest an hour after each move.
LOOKS = ((3 * DAY, HOUR), (14 * DAY, 6 * HOUR), (inf, 24 * HOUR))


class PlanImpossibleError(RefusedError):
    """A plan that this event's pools cannot have."""

    code = "PLAN_IMPOSSIBLE"

    def __init__(self, pool: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{pool}: " + " ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class Course:
    """``begin``: the stock when sales begin. ``lines``: of each pool's plan; ``None`` where nothing moves by itself."""

    scene: Scene
    begin: MemoryStock
    lines: Mapping[int, Mapping[int, Line]] | None = None
    releases: Sequence[float] = ()
    looks: Sequence[float] = ()
    setups: Sequence["Setup"] = field(default_factory=list)

    def release(self, stock: MemoryStock, at: float) -> int:
        """Let what is due go back to the open stock; returns how many units."""
        now = datetime.fromtimestamp(at, UTC)
        units = 0
        for pool in self.scene.pools:
            numbers = self.scene.rows_of(pool.pk)
            if all(stock.releases[number] > at for number in numbers):
                continue
            rows = stock.as_rows(numbers)
            for key, place in places(rows, now, {}, {}).items():
                units += max(stock.quantity[key - 1] - place.quantity, 0)
                _set(stock, key, place)
        return units

    def set_up(self, stock: MemoryStock, act: Act) -> None:
        """What a person or a service did to stock in real life, as the ledger has it."""
        setup = self.setups[act.size]
        row = setup.row
        stock.quantity[row] += setup.quantity
        stock.drawn[row] += setup.drawn
        stock.used[row] += setup.held + setup.sold
        stock.sold[row] += setup.sold
        if setup.terms is not None:
            opens, closes, ceiling, releases, draws_on = setup.terms
            stock.opens[row], stock.closes[row] = opens, closes
            stock.ceiling[row], stock.releases[row] = ceiling, releases
            stock.draws_on[row] = draws_on


@dataclass(frozen=True, slots=True)
class Setup:
    """A movement beside sales: its differences, and new terms, if it brought some."""

    row: int
    quantity: int
    held: int
    sold: int
    drawn: int
    terms: tuple[float, float, float, float, int] | None


def planned(scene: Scene, specs: Mapping[int, PlanSpec]) -> Course:
    """A plan for each pool from the beginning of sales. Raises ``PlanImpossibleError``."""
    stock = MemoryStock(scene.rows)
    now = datetime.fromtimestamp(scene.begins, UTC)
    releases: set[float] = set()
    for pool in scene.pools:
        numbers = scene.rows_of(pool.pk)
        for number in numbers:
            if scene.rows[number].kind == "KILLED":
                stock.quantity[number] = scene.killed[pool.pk]
        rows = stock.as_rows(numbers)
        outcome = outcome_of(specs[pool.pk], scene.event, pool.capacity, rows, now)
        if outcome.problems:
            raise PlanImpossibleError(pool.name, outcome.problems)
        for key, place in outcome.places.items():
            _set(stock, key, place)
        releases |= {stock.releases[number] for number in numbers} - {inf}
    for stock_id, limit in scene.limits.items():
        stock.quantity[scene.by_stock[stock_id]] = limit
    lines = {
        pool.pk: {line.channel_id: line for line in specs[pool.pk].lines} for pool in scene.pools
    }
    return Course(scene, stock, lines, sorted(releases), looks_of(scene.begins, scene.ends))


def looks_of(begins: float, ends: float) -> list[float]:
    """The moments at which dynamic plans are looked at."""
    bounds = [ends, *(ends - before for before, _every in LOOKS)]
    moments: list[float] = []
    for (late, early), (_before, every) in zip(pairwise(bounds), LOOKS, strict=True):
        at = late
        while at > max(early, begins):
            moments.append(at)
            at -= every
    return sorted(moments)


def _set(stock: MemoryStock, key: int, place: Place) -> None:
    stock.place(key, place.quantity, place.drawn, place.terms)
