"""Who asks for what, when: the demand that a run puts to two plans, the same to both.

A demand is a list of steps in order of time. Of real sales a story has several of them: held, confirmed, given back.
Seed 0 of real sales is what happened; each other seed draws every buyer as often as chance would have
had it (a Poisson bootstrap: Chamandy et al., "Estimating uncertainty for massive data streams", 2012). Synthetic
demand is a Poisson process on each channel's curve. The same seed gives the same demand.
"""

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import accumulate
from math import exp, factorial
from random import Random
from typing import Any, NamedTuple

# What a step does.
SELL, HOLD, CONFIRM, CHANGE, SET_ASIDE, FROM_BLOCK, HAND_BACK, SETUP, CLOSED = range(9)
# More often than so, chance repeats no buyer.
MOST_TIMES = 60


class Act(NamedTuple):
    """What a step asks for. ``tickets`` and ``cents``: what it adds to what was sold; ``size``: tickets that are turned away, if it is refused."""

    kind: int
    needs: Sequence[Any]  # ``Need``, and of a change ``Change`` (stock.py)
    channel: int
    size: int = 0
    tickets: int = 0
    cents: int = 0


class Step(NamedTuple):
    at: float
    order: float  # of steps at one moment
    act: Act
    story: int


@dataclass(slots=True)
class Story:
    """One buyer, or a decision (``is_fixed``) that chance does not repeat."""

    steps: list[Step] = field(default_factory=list)
    is_fixed: bool = False


class Extra(NamedTuple):
    """Tickets that were turned away in real life, between two moments."""

    begins: float
    ends: float
    acts: Sequence[Act]  # one is chosen for each buyer
    buyers: float  # expected


class Real:
    """What was sold, and what was turned away, of one event."""

    def __init__(
        self, stories: Sequence[Story], extras: Sequence[Extra] = (), times: float = 1.0
    ) -> None:
        """``times``: as many buyers as there were, or more, or fewer."""
        self.times = times
        self.fixed = [story.is_fixed for story in stories]
        self.steps = sorted(step for story in stories for step in story.steps)
        self.extras = extras

    @property
    def has_point(self) -> bool:
        """Whether the first seed is what happened, and nothing of chance."""
        return self.times == 1.0 and not self.extras

    def of_seed(self, seed: int) -> Sequence[Step]:
        extra = self._extra(seed)
        if seed == 0 and self.times == 1.0:
            return list(merge(self.steps, extra)) if extra else self.steps
        bounds = _bounds(self.times)
        chance = Random(seed).random  # noqa: S311 - a simulation
        times = [1 if fixed else bisect(bounds, chance()) for fixed in self.fixed]
        base = len(self.fixed)
        steps: list[Step] = []
        add = steps.append
        for step in self.steps:
            count = times[step.story] if step.story >= 0 else 1
            if count:
                add(step)
                for copy in range(1, count):
                    add(step._replace(story=step.story + copy * base))
        return list(merge(steps, extra)) if extra else steps

    def _extra(self, seed: int) -> list[Step]:
        chance = Random(f"turned away {seed}")  # noqa: S311 - a simulation
        steps = []
        for extra in self.extras:
            length = extra.ends - extra.begins
            for part in poisson(chance, extra.buyers):
                act = chance.choice(extra.acts)
                steps.append(Step(extra.begins + part * length, 1.0, act, -1))
        return sorted(steps)


class Stream(NamedTuple):
    """A channel's synthetic buyers: how many are expected, when they come, what they buy.

    ``when`` says from a share of all buyers the moment by which it has come, 0 to 1.
    """

    buyers: float
    when: Callable[[float], float]
    acts: Sequence[Act]
    weights: Sequence[float]  # cumulative


@dataclass(frozen=True, slots=True)
class Synthetic:
    streams: Sequence[Stream]

    @property
    def has_point(self) -> bool:
        return False

    def of_seed(self, seed: int) -> Sequence[Step]:
        lists = []
        for number, stream in enumerate(self.streams):
            chance = Random(f"{seed} {number}")  # noqa: S311 - a simulation
            shares = poisson(chance, stream.buyers)
            acts = chance.choices(stream.acts, cum_weights=stream.weights, k=len(shares))
            when = stream.when
            lists.append(
                [
                    Step(when(share), number, act, -1)
                    for share, act in zip(shares, acts, strict=True)
                ]
            )
        return sorted(step for steps in lists for step in steps)


def _bounds(mean: float) -> list[float]:
    """How often chance repeats a buyer: 0, 1, 2 … times, as the bounds of one number from 0 to 1."""
    return list(accumulate(mean**n * exp(-mean) / factorial(n) for n in range(MOST_TIMES)))


def poisson(chance: Random, mean: float) -> list[float]:
    """The moments of a Poisson process of so many expected, in order, as parts of its time.

    Gaps of a process of rate 1 are exponential; whatever lies within ``mean`` belongs to it.
    """
    shares: list[float] = []
    if mean <= 0:
        return shares
    at = chance.expovariate(1.0)
    while at < mean:
        shares.append(at / mean)
        at += chance.expovariate(1.0)
    return shares


Demand = Real | Synthetic
