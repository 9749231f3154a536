"""Whole numbers that add up."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor


def largest_remainder(exact: Sequence[Decimal] | Sequence[Fraction], total: int) -> list[int]:
    """Each share rounded down, and what the total has more goes, one by one, to the largest fractions.

    Of equal ones to the first (Hamilton's method). ``total`` is at least the sum of the shares
    rounded down, and at most one more for each.
    """
    whole = [floor(share) for share in exact]
    by_fraction = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_fraction[: total - sum(whole)]:
        whole[at] += 1
    return whole
