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
against that of a normal deviate, and for the buffer by more (``cautious_count``). For D short spans join their neighbors.
What day and night do to sales is known from spans that ended at about the same hour, where there are enough of them.
Measured in ``bench/late_estimates.py``; docs/offline.md has what came of it.
"""

from collections.abc import Callable, Sequence
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
# A buffer has to last for longer than most spans: one of a night says nothing of a day and a night.
ALIKE = 1.5
# Without any span of its own nothing is known.
MIN_SPANS = 2
# Of fewer a buffer would have to be many times what was ever sold.
MIN_FOR_BUFFER = 5
# Into no fewer parts is a past divided, to see how it varies.
PARTS = 12
# Of orders of one to five tickets, where a past is too short to show its own.
OF_ORDERS = 3.0
FEW_SPANS = 8
# Of two spans there is no bound: they are taken as spread 64 times as wide as they seem.
LEAST_ROOT = 0.25
_NORMAL_95 = 1.6449
# The next report may be as late as the latest of so many.
LATE_AS = 10
# A report that is overdue is waited for a quarter longer each time, so that the buffer grows in few steps.
GROWS = 1.25
# Of a night nobody can tell the day: a buffer rests on spans that together are as long as one.
A_DAY = 24.0
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

    @property
    def about(self) -> int:
        """The mean in whole units, within the range."""
        return min(max(round(self.mean), self.low), self.high)


def estimate(spans: Sequence[Span], hours: float, until_hour: float) -> Estimate | None:
    """What was sold in the hours since the last report; nothing where too little is known.

    ``spans``: the newest first. ``until_hour``: the hour of the venue's day now.
    """
    past = _past(spans, until_hour)
    if past is None:
        return None
    if hours <= 0:
        return Estimate(0.0, 0, 0)
    count = _count(past, hours, _dispersion(past, _as_a_range))
    return Estimate(count.mean, count.lowest(TAIL), count.highest(TAIL))


def buffer(
    spans: Sequence[Span],
    hours: float,
    until_hour: float,
    probability: float = BUFFER_PROBABILITY,
) -> int | None:
    """The fewest units of which no more are sold in so many hours but with this probability."""
    count = cautious_count(spans, hours, until_hour)
    return None if count is None else count.highest(probability)


def cautious_count(
    spans: Sequence[Span], hours: float, until_hour: float
) -> NegativeBinomial | None:
    """What is sold in so many hours, as a buffer has to take it; nothing where too little is known.

    So far out the spread decides, and a short past does not know it: its dispersion is taken at the upper
    95 % bound, D · (n - 1) / χ² with the lower 5 % point of χ² (Wilson and Hilferty 1931).
    """
    past = _past(spans, until_hour, hours / ALIKE)
    if past is None or hours <= 0 or len(past) < MIN_FOR_BUFFER:
        return None
    if sum(span.hours for span in spans[:MAX_SPANS]) < A_DAY:
        return None
    return _count(past, hours, _dispersion(past, _as_a_bound))


def covered(spans: Sequence[Span], elapsed: float) -> float:
    """The hours for which a buffer has to last: until the next report, and never less than have passed without it.

    ``spans``: the newest first, at least one.
    """
    hours = max(span.hours for span in spans[:LATE_AS])
    while hours < elapsed:
        hours *= GROWS
    return hours


def _past(spans: Sequence[Span], until_hour: float, shortest: float = 0.0) -> Sequence[Span] | None:
    """Those that ended at about this hour and were so long, where there are enough of them; else all. None: too few."""
    known = [span for span in spans if span.hours >= SHORTEST][:MAX_SPANS]
    alike = [
        span
        for span in known
        if span.hours >= shortest and _apart(span.ended_at_hour, until_hour) <= SAME_HOURS
    ]
    past = alike if len(alike) >= MIN_SAME_HOUR else known
    return past if len(past) >= MIN_SPANS else None


def _count(past: Sequence[Span], hours: float, dispersion: float) -> NegativeBinomial:
    part = hours / sum(span.hours for span in past)
    units = sum(span.units for span in past)
    return NegativeBinomial(mean=(units + 0.5) * part, excess=(dispersion - 1) + dispersion * part)


def _dispersion(past: Sequence[Span], widened: Callable[[int], float]) -> float:
    """Variance ÷ mean, at least 1, and of few spans at least that of orders. ``widened``: by the degrees of freedom."""
    rate = sum(span.units for span in past) / sum(span.hours for span in past)
    if rate == 0:
        return OF_ORDERS
    counts = [(units, rate * hours) for units, hours in _lengths(past, rate)]
    freedom = len(counts) - 1
    if not freedom:
        return OF_ORDERS
    squares = sum((units - expected) ** 2 / expected for units, expected in counts)
    least = OF_ORDERS if len(counts) < FEW_SPANS else 1.0
    return max(least, squares / freedom * widened(freedom))


def _lengths(past: Sequence[Span], rate: float) -> list[tuple[int, float]]:
    """Units and hours of spans, those taken together with their neighbors of which hardly anything was to be expected.

    Two syncs a few minutes apart say nothing of a day: a single ticket between them would be many times what was
    expected. So each is half as long as the mean, and of a slow channel for a unit, but for no more than PARTS of
    the past.
    """
    total = sum(span.hours for span in past)
    least = max(total / len(past) / 2, min(1 / rate, total / PARTS))
    lengths: list[tuple[int, float]] = []
    units, hours = 0, 0.0
    for span in past:
        units, hours = units + span.units, hours + span.hours
        if hours >= least:
            lengths.append((units, hours))
            units, hours = 0, 0.0
    if hours:
        last_units, last_hours = lengths.pop()
        lengths.append((last_units + units, last_hours + hours))
    return lengths


def _as_a_range(freedom: int) -> float:
    """As the square of a Student t is against that of a normal deviate."""
    return (freedom + 2) / freedom


def _as_a_bound(freedom: int) -> float:
    """The upper 95 % bound of a variance against its estimate."""
    part = 2 / 9 / freedom
    return float(max(1 - part - _NORMAL_95 * sqrt(part), LEAST_ROOT) ** -3)


def _apart(first: float, second: float) -> float:
    """Hours between two hours of day, around midnight too."""
    between = abs(first - second) % 24
    return min(between, 24 - between)
