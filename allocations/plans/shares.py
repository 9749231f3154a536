"""From numbers and percents to whole units, which add up."""

from collections.abc import Sequence
from decimal import Decimal
from math import floor

from allocations.plans.spec import Guarantee
from common.rounding import largest_remainder

WHOLE = Decimal(100)


def units_of(parts: Sequence[Guarantee], capacity: int) -> list[int]:
    """The units that each part guarantees of a capacity.

    Percents are rounded by the method of the largest remainder (Hamilton's): each gets the whole
    units of its exact share, and what is then left over goes, one by one, to the largest
    fractions; of equal ones to the first. The part of the capacity that no percent names takes
    part like one more, last in line, so that three times 33.33 % leave to the open stock what is its own.
    """
    named = sum((part.percent or Decimal(0) for part in parts), Decimal(0))
    percents = [part.percent for part in parts] + [max(WHOLE - named, Decimal(0))]
    exact = [capacity * (percent or Decimal(0)) / WHOLE for percent in percents]
    whole = largest_remainder(exact, floor(sum(exact, Decimal(0))))
    return [
        part.units if part.units is not None else rounded
        for part, rounded in zip(parts, whole, strict=False)
    ]


def exact_share(part: Guarantee, capacity: int) -> Decimal:
    """What it would be without rounding, in units."""
    if part.units is not None:
        return Decimal(part.units)
    return capacity * (part.percent or Decimal(0)) / WHOLE
