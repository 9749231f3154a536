"""Whether a channel sells faster or slower than its own past leads one to expect, by a tail probability.

Over n past windows, as long as the window now, with counts x and the time open o in each, in windows::

    S = Σ x    Q = Σ x²    E = Σ o                  t = the time open in the window now
    expected = t · S / E                            of greatest likelihood for a Poisson process
    D = (Q - S²/n) / (n - 1) ÷ (S / n)              variance ÷ mean of the past windows
    mean = t · (S + ½) / E
    ratio = dispersion · (1 + t / E)                variance ÷ mean of the count now, as far as it is known
    count ~ negative binomial of this mean and ratio, so of size mean / (ratio - 1)

With a dispersion of 1 the size is S + ½: this is the exact predictive distribution of a Poisson count whose
rate is known by S units in E windows, under Jeffreys' prior (Gelman et al. 2013, section 2.6;
Krishnamoorthy and Peng 2011; the question is Nelson's, 1982), and with more windows it tends to the Poisson.
Where windows vary more than Poisson counts do it is the negative binomial by the method of moments
(Anscombe 1949), its variance widened by that of the estimated mean, which is dispersion · mean · t / E. So
one formula serves both, with no step between. By any hour the dispersion is max(1, D), and by the same hour::

    dispersion = max(1, D, min(D of any hour, max(1, D) · (n - 1) / χ²))

The few windows of one hour may by luck be alike; max(1, D) · (n - 1) / χ² is the upper 95 % bound of how
they vary, with χ² the lower 5 % point at n - 1 degrees of freedom (Wilson and Hilferty 1931), and none if they have
sold less than FEW_UNITS. A past that has sold less than that at any hour shows nothing of how it varies: its dispersion
is OF_ORDERS at least. Any hour's windows are many; the tide of day and night is in their variance, so that
it is too large rather than too small.

    faster: P(count ≥ seen) < probability      slower: P(count ≤ seen) < probability

Full references, what is left out, and how often it is wrong: docs/velocity.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from common.negative_binomial import NegativeBinomial

# On each side. As measured (docs/velocity.md).
PROBABILITY = 1e-5
# What a rule may set: with more, every busy channel has a false alarm a week.
LARGEST_PROBABILITY = 1e-3
# Fewer sold is never fast, and where fewer are expected none is never slow: one order may be all of them.
MIN_UNITS = 5
# With fewer days the bound of the dispersion would be seven times it and more, and nothing unusual.
SAME_HOUR_WINDOWS = 5
# Of an hour: a whole day, so that its tide is in the dispersion.
ANY_HOUR_WINDOWS = 24
# Fewer do not show how they vary (one order may be of several): their dispersion is that of any hour.
FEW_UNITS = 20
# Variance ÷ mean of what orders of one to five tickets make: taken where the whole past is too few to show its own.
OF_ORDERS = 3.0
# In windows: who could sell for less is not slow, and fast only beside what this long leads one to expect.
MIN_OPEN = 0.5
# An alarm ends when what is seen is so many times as probable as what raises one.
EASING = 10
# Less is told as this.
MIN_PROBABILITY = 1e-300

_NORMAL_95 = 1.6449


class Direction(StrEnum):
    FASTER = "FASTER"
    SLOWER = "SLOWER"


class Basis(StrEnum):
    SAME_HOUR = "SAME_HOUR"
    ANY_HOUR = "ANY_HOUR"


@dataclass(frozen=True, slots=True)
class History:
    """Past windows that do not overlap, as long as the one now: how many, Σ units, Σ units², Σ time open.

    Time is in windows. Those open for less than ``MIN_OPEN`` are not in it. That of any hour spans a day
    or more: its dispersion has to have seen day and night.
    """

    windows: int
    units: int
    squares: int
    open: float

    @property
    def dispersion(self) -> float:
        """Variance ÷ mean of a window."""
        if self.windows <= 1 or self.units == 0:
            return 1.0
        around = self.squares - self.units**2 / self.windows
        return around * self.windows / self.units / (self.windows - 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """Units sold in the window now, and how long it was open, in windows: a little more than 1 at times."""

    units: int
    open: float


@dataclass(frozen=True, slots=True)
class Usual:
    """How the count now is distributed, if nothing has changed."""

    expected: float
    count: NegativeBinomial
    dispersion: float
    basis: Basis

    def tail(self, direction: Direction, seen: int) -> float:
        faster = direction is Direction.FASTER
        return self.count.at_least(seen) if faster else self.count.at_most(seen)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an alert says. Usual is ``low`` to ``high``: neither tail falls below the limit.

    ``probability``: two-sided, twice the smaller of P(X ≤ seen) and P(X ≥ seen), at most 1. ``expected`` is for
    the time it was open, taken for ``MIN_OPEN`` at least.
    """

    direction: Direction
    seen: int
    expected: float
    low: int
    high: int
    probability: float
    basis: Basis
    dispersion: float


def judge(
    seen: Seen,
    same_hour: History,
    any_hour: History,
    *,
    probability: float = PROBABILITY,
    min_units: int = MIN_UNITS,
) -> Judgement | None:
    """None if it is as usual, or there is too little to tell. ``probability`` is the limit of each tail."""
    if not 0 < probability <= LARGEST_PROBABILITY:
        raise ValueError(f"The limit is above 0 and at most {LARGEST_PROBABILITY}")
    usual = usual_count(seen, same_hour, any_hour)
    if usual is None:
        return None
    direction = Direction.FASTER if seen.units > usual.count.mean else Direction.SLOWER
    if direction is Direction.FASTER:
        enough = seen.units >= min_units
    else:
        enough = seen.open >= MIN_OPEN and usual.expected >= min_units
    if not enough or (tail := usual.tail(direction, seen.units)) >= probability:
        return None
    return Judgement(
        direction=direction,
        seen=seen.units,
        expected=usual.expected,
        low=usual.count.lowest(probability),
        high=usual.count.highest(probability),
        probability=max(2 * tail, MIN_PROBABILITY),
        basis=usual.basis,
        dispersion=usual.dispersion,
    )


def has_ended(
    direction: Direction,
    seen: Seen,
    same_hour: History,
    any_hour: History,
    *,
    probability: float = PROBABILITY,
) -> bool:
    """Whether an alarm raised at this limit is over: its tail is ``EASING`` times the limit or more.

    Also if it can no longer be judged: one that has nothing to sell is not slow. The floor of units does not
    end it, so that what is just above does not flap.
    """
    usual = usual_count(seen, same_hour, any_hour)
    if usual is None or (direction is Direction.SLOWER and seen.open < MIN_OPEN):
        return True
    return usual.tail(direction, seen.units) >= EASING * probability


def usual_count(seen: Seen, same_hour: History, any_hour: History) -> Usual | None:
    """By the same hour of day where it has enough windows, else by any hour, else None."""
    if same_hour.windows >= SAME_HOUR_WINDOWS:
        past, basis = same_hour, Basis.SAME_HOUR
    elif any_hour.windows >= ANY_HOUR_WINDOWS:
        past, basis = any_hour, Basis.ANY_HOUR
    else:
        return None
    dispersion = _dispersion(past, any_hour)
    part = max(seen.open, MIN_OPEN) / past.open
    return Usual(
        expected=past.units * part,
        count=NegativeBinomial(
            mean=(past.units + 0.5) * part,
            excess=(dispersion - 1) + dispersion * part,
        ),
        dispersion=dispersion,
        basis=basis,
    )


def _dispersion(past: History, any_hour: History) -> float:
    own = max(1.0, past.dispersion)
    if max(past.units, any_hour.units) < FEW_UNITS:
        own = max(own, OF_ORDERS)
    if past is any_hour or any_hour.windows < ANY_HOUR_WINDOWS:
        return own
    bound = any_hour.dispersion
    if past.units >= FEW_UNITS:
        part = 2 / 9 / (past.windows - 1)
        bound = min(bound, own / (1 - part - _NORMAL_95 * sqrt(part)) ** 3)
    return max(own, bound)
