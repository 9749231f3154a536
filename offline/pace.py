"""How many tickets a channel has sold since it last reported: the estimate, and the range that it is in.

Between two reports a channel sold x units in o hours in which it could sell. Over the last n such spans::

    S = Σ x    E = Σ o    m = S / E                 units an hour
    D = 1 / (n - 1) · Σ (x - m·o)² / (m·o)          variance ÷ mean (Pearson's X² over its degrees of freedom)
    dispersion = max(1, D)
    after t hours:  mean = t · (S + ½) / E
                    ratio = dispersion · (1 + t / E)
                    count ~ negative binomial of this mean and ratio

The same distribution as that of unusual velocity (docs/velocity.md, with the references), for spans of unequal
length. With a dispersion of 1 it is the exact predictive distribution of a Poisson count under Jeffreys' prior. A
past of few spans does not show how it varies: for the range D is widened by (n + 1) / (n - 1), as the square of a Student t is
against that of a normal deviate, and for the buffer by more (``buffer``).
What day and night do to sales is known from spans that ended at about the same hour, where there are enough of them.
Measured in ``bench/late_estimates.py``; docs/offline.md has what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from common.negative_binomial import NegativeBinomial

# On each side of the range, together 5 %.
TAIL = 0.025
# P(more are sold before the next report than are set aside), at most.
BUFFER_PROBABILITY = 1e-4
# Older spans say little of now.
MAX_SPANS = 60
# So many that ended within SAME_HOURS of this hour of day are taken alone.
MIN_SAME_HOUR = 5
SAME_HOURS = 3.0
# Without any span of its own nothing is known.
MIN_SPANS = 2
# Of orders of one to five tickets, where a past is too short to show its own.
OF_ORDERS = 3.0
FEW_SPANS = 8
# Of two spans there is no bound: they are taken as spread 64 times as wide as they seem.
LEAST_ROOT = 0.25
_NORMAL_95 = 1.6449
# Shorter spans than this say nothing.
SHORTEST = 1 / 60


@dataclass(frozen=True, slots=True)
class Span:
    """What was reported at once: so many units, sold in so many hours, up to this hour of the venue's day."""

    units: int
    hours: float
    ended_at_hour: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Units sold since the last report: about ``mean``, and with 95 % from ``low`` to ``high``."""

    mean: float
    low: int
    high: int


def estimate(spans: Sequence[Span], hours: float, until_hour: float) -> Estimate | None:
    """What was sold in the hours since the last report; nothing where too little is known.

    ``spans``: the newest first. ``until_hour``: the hour of the venue's day now.
    """
    past = _past(spans, until_hour)
    if past is None:
        return None
    if hours <= 0:
        return Estimate(0.0, 0, 0)
    freedom = len(past) - 1
    count = _count(past, hours, _dispersion(past, (freedom + 2) / freedom))
    return Estimate(count.mean, count.lowest(TAIL), count.highest(TAIL))


def buffer(
    spans: Sequence[Span],
    hours: float,
    until_hour: float,
    probability: float = BUFFER_PROBABILITY,
) -> int | None:
    """The fewest units of which no more are sold in so many hours but with this probability.

    So far out the spread decides, and a short past does not know it: its dispersion is taken at the upper
    95 % bound, D · (n - 1) / χ² with the lower 5 % point of χ² (Wilson and Hilferty 1931).
    """
    past = _past(spans, until_hour)
    if past is None or hours <= 0:
        return None
    part = 2 / 9 / (len(past) - 1)
    bound = max(1 - part - _NORMAL_95 * sqrt(part), LEAST_ROOT) ** -3
    return _count(past, hours, _dispersion(past, bound)).highest(probability)


def _past(spans: Sequence[Span], until_hour: float) -> Sequence[Span] | None:
    """Those that ended at about this hour, where there are enough of them; else all. None: too few."""
    known = [span for span in spans if span.hours >= SHORTEST][:MAX_SPANS]
    alike = [span for span in known if _apart(span.ended_at_hour, until_hour) <= SAME_HOURS]
    past = alike if len(alike) >= MIN_SAME_HOUR else known
    return past if len(past) >= MIN_SPANS else None


def _count(past: Sequence[Span], hours: float, dispersion: float) -> NegativeBinomial:
    part = hours / sum(span.hours for span in past)
    units = sum(span.units for span in past)
    return NegativeBinomial(mean=(units + 0.5) * part, excess=(dispersion - 1) + dispersion * part)


def _dispersion(past: Sequence[Span], widened: float) -> float:
    """Variance ÷ mean, at least 1, and of few spans at least that of orders."""
    rate = sum(span.units for span in past) / sum(span.hours for span in past)
    if rate == 0:
        return OF_ORDERS
    squares = sum((span.units - rate * span.hours) ** 2 / (rate * span.hours) for span in past)
    least = OF_ORDERS if len(past) < FEW_SPANS else 1.0
    return max(least, squares / (len(past) - 1) * widened)


def _apart(first: float, second: float) -> float:
    """Hours between two hours of day, around midnight too."""
    between = abs(first - second) % 24
    return min(between, 24 - between)
