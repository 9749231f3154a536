"""The tails of a negative binomial count, also far out, without a loop over counts.

With variance = mean · (1 + excess), size = mean / excess and p = 1 / (1 + excess)::

    P(X ≥ k) = I(1-p; k, size)        P(X ≤ k) = I(p; size, k + 1)

I is the regularized incomplete beta function: by its continued fraction (Press et al. 2007, section 6.4, by
Lentz's method), for whichever tail is the smaller, times the probability of one count. That one is written with
deviances, so that no large gammas are subtracted (Loader 2000, as R computes it). As excess tends to 0 it is the
Poisson distribution. Right to ten digits for counts up to 100,000, an excess from 1e-4 (a smaller one loses a digit
for each power of ten) and probabilities down to 1e-300; less is 0.
Full references: docs/velocity.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p, pi, sqrt

_EXACT = 2e-15
_NEVER_ZERO = 1e-300


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """``mean`` and ``excess`` are above 0; the size need not be whole."""

    mean: float
    excess: float

    def at_least(self, count: int) -> float:
        """P(X ≥ count)."""
        if count <= 0:
            return 1.0
        if count + 1 <= self.mean + self.excess:  # the larger part: from the smaller
            return 1.0 - self.at_most(count - 1)
        q = self.excess / (1 + self.excess)
        return exp(self._log(count) + log(_fraction(count, self._size, q)))

    def at_most(self, count: int) -> float:
        """P(X ≤ count)."""
        if count <= 0:
            return exp(self._log(0)) if count == 0 else 0.0
        if count + 2 > self.mean + self.excess:
            return 1.0 - self.at_least(count + 1)
        p, size = 1 / (1 + self.excess), self._size
        over = log(_fraction(size, count + 1, p) * self.excess * p * (size + count) / size)
        return exp(self._log(count) + over)

    def lowest(self, probability: float) -> int:
        """The least count that is not too slow: P(X ≤ low) ≥ probability."""
        return _first(lambda count: self.at_most(count) >= probability, self._near(probability, -1))

    def highest(self, probability: float) -> int:
        """The largest count that is not too fast: P(X ≥ high) ≥ probability."""
        return (
            _first(lambda count: self.at_least(count) < probability, self._near(probability, 1)) - 1
        )

    @property
    def _size(self) -> float:
        return self.mean / self.excess

    def _log(self, count: int) -> float:
        """Of P(X = count)."""
        size = self._size
        if count == 0:
            return -size * log1p(self.excess)
        both = size + count
        apart = (count - self.mean) / (1 + self.excess)
        deviance = (apart - size * log1p(apart / size)) - (apart + count * log1p(-apart / count))
        rest = _stirling_error(both) - _stirling_error(size) - _stirling_error(count)
        return rest - deviance - 0.5 * log(2 * pi * count * both / size)

    def _near(self, probability: float, side: int) -> int:
        """Where the limit is about: Cornish and Fisher's expansion, by a rough normal quantile."""
        z = side * (sqrt(-2 * log(probability)) - 0.5)
        skew = (z * z - 1) * (1 + 2 * self.excess) / 6
        return max(0, int(self.mean + z * sqrt(self.mean * (1 + self.excess)) + skew))


def _first(holds: Callable[[int], bool], near: int) -> int:
    """The least count ≥ 0 for which it holds; it does for all above. ``near`` costs nothing if wrong."""
    below, above, step = -1, near, 1
    while not holds(above):
        below, above, step = above, above + step, 2 * step
    step = 1
    while above - below > 1:
        middle = max(above - step, (below + above) // 2)
        if holds(middle):
            above, step = middle, 2 * step
        else:
            below = middle
    return above


def _stirling_error(x: float) -> float:
    """Of log Γ(x + 1), in Stirling's formula."""
    if x < 16:  # noqa: PLR2004 - from here the series is exact
        return lgamma(x + 1) - (x + 0.5) * log(x) + x - 0.5 * log(2 * pi)
    square = x * x
    series = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    return (1 / 12 - (1 / 360 - series / square) / square) / x


def _fraction(a: float, b: float, x: float) -> float:
    """The incomplete beta function I_x(a, b) · a · B(a, b) / (x^a · (1-x)^b), for x < (a + 1) / (a + b + 2)."""
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or _NEVER_ZERO)
    fraction, last, m = d, 0.0, 0
    while abs(last - 1) > _EXACT:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / ((1 + term * d) or _NEVER_ZERO)
            c = (1 + term / c) or _NEVER_ZERO
            last = c * d
            fraction *= last
    return fraction
