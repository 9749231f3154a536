"""Which channel is to have how many of the unsold units, and which moves lead there.

The unsold units of all dynamic lines of a pool are shared in proportion to what each channel is
forecast to sell, within its bounds::

    wanted = min(room, max(kept, level · forecast)),  0 ≤ level ≤ 1

where ``kept`` is what the floor promises of its unsold units (while it can sell), ``room`` what fits below
its ceiling, and the one level for all is the highest that the units suffice for. In scarcity all are then
served to the same part of their demand, unless a floor gives one more; a level above 1 would give
more than anybody is expected to sell, so beyond that units stay where they lie. Whole units by the
largest remainder.

What is wanted is no move yet. So that noise moves nothing, and stock does not swing (docs/dynamic.md):
a deficit has to be beyond a band, a move has a smallest size, the pool rests after a move, and who
has just received does not give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

from common.rounding import largest_remainder
from transfers.dynamic.forecast import HOUR, Forecast

# A transfer is read, told to two partners, and perhaps approved: fewer units are not worth it.
LEAST = 5
# Of what the receiver is to have: less is no reason to write to two partners.
BAND = 0.1
# Standard deviations that chance alone gives the receiver's forecast: it seldom strays by more than two.
DEVIATIONS = 2.0
# From one move to the next in a pool: long enough for the first to be sold from and seen.
COOLDOWN = timedelta(hours=1)
# So long a channel keeps what it received, or began with: no forecast has seen all hours before …
SETTLES = timedelta(hours=24)
# … or this part of the time that is left: in the last hours, a day would be for good.
SETTLES_PART = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What keeps stock from swinging."""

    minimum: int = LEAST
    band: float = BAND
    deviations: float = DEVIATIONS
    cooldown: timedelta = COOLDOWN
    settles: timedelta = SETTLES

    def is_due(self, row: "Row", units: int) -> bool:
        """Whether it lacks so much of what it is to have that this is no noise."""
        chance = row.forecast.error * min(row.forecast.units, units)
        return units - row.free > max(self.minimum, self.band * units, self.deviations * chance)


RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A channel's stock row on a dynamic line, and its forecast.

    ``received_at`` is when units last came to it, at first when its sale began. A channel
    that is protected never ``gives``. ``unreported``: the most of its free units that it may have sold and not
    reported yet; nobody is given those. ``buffer``: of its free units, its safety buffer (docs/offline.md), which stays too.
    """

    channel_id: int
    quantity: int
    held: int
    sold: int
    drawn: int
    floor: int
    ceiling: int | None
    forecast: Forecast
    received_at: datetime
    gives: bool = True
    unreported: int = 0
    buffer: int = 0

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold

    @property
    def surely_free(self) -> int:
        return max(self.free - self.unreported, 0)

    @property
    def kept(self) -> int:
        """The unsold units that the floor protects: more than are free where it lies below its floor."""
        return max(self.floor - (self.held + self.sold - self.drawn), 0)

    def bounded(self, units: Fraction) -> Fraction:
        """What it is to have where so many are its share."""
        if self.forecast.hours:
            units = max(units, Fraction(self.kept))
        if self.ceiling is None:
            return units
        return min(units, Fraction(max(self.ceiling - self.held - self.sold, 0)))


@dataclass(frozen=True, slots=True)
class Move:
    """``units`` from one row to another; both as they were when all moves of a run were worked out."""

    giver: Row
    receiver: Row
    units: int


def wanted(rows: Sequence[Row]) -> list[int]:
    """The unsold units that each is to have: no more in all than there are, unless floors ask for it."""
    demands = [Fraction(row.forecast.units) for row in rows]
    units = sum(row.surely_free for row in rows)
    level = _level(rows, demands, units)
    exact = [row.bounded(level * demand) for row, demand in zip(rows, demands, strict=True)]
    return largest_remainder(exact, floor(sum(exact)))


def _level(rows: Sequence[Row], demands: Sequence[Fraction], units: int) -> Fraction:
    """The highest, up to 1, that the units suffice for: between two bounds all grows in proportion."""

    def needed(level: Fraction) -> Fraction:
        shares = (row.bounded(level * demand) for row, demand in zip(rows, demands, strict=True))
        return sum(shares, Fraction(0))

    if needed(Fraction(0)) > units:
        return Fraction(0)
    bends = {Fraction(0), Fraction(1)}
    for row, demand in zip(rows, demands, strict=True):
        if demand:
            ends = (row.bounded(Fraction(0)), row.bounded(demand))
            bends |= {min(end / demand, Fraction(1)) for end in ends}
    for low, high in pairwise(sorted(bends)):
        minimum, maximum = needed(low), needed(high)
        if maximum > units:
            return low + (high - low) * (units - minimum) / (maximum - minimum)
    return Fraction(1)


def moves(
    rows: Sequence[Row], now: datetime, moved_at: datetime | None, rules: Rules = RULES
) -> list[Move]:
    """The largest surplus to the largest deficit until one is used up; of equals the lower id.

    ``moved_at`` is when stock of the pool last moved by a forecast. There are fewer moves than rows,
    nobody is both giver and receiver, and the same rows and forecasts after the moves yield none.
    """
    if moved_at is not None and now - moved_at < rules.cooldown:
        return []
    rows = sorted(rows, key=lambda row: row.channel_id)
    settles = _settles(rows, rules)
    surplus, deficit = {}, {}
    for row, units in zip(rows, wanted(rows), strict=True):
        if rules.is_due(row, units):
            deficit[row.channel_id] = units - row.free
        elif row.gives and now - row.received_at >= settles:
            # What it may have sold already counts for its floor, as it will when it is reported.
            kept = max(row.kept - row.unreported, 0)
            beyond = row.surely_free - max(units, kept)
            surplus[row.channel_id] = min(beyond, row.free - row.buffer)
    by_id = {row.channel_id: row for row in rows}
    result = []
    while surplus and deficit:
        giver = max(surplus, key=surplus.__getitem__)
        receiver = max(deficit, key=deficit.__getitem__)
        units = min(surplus[giver], deficit[receiver])
        if units < rules.minimum:
            break
        surplus[giver] -= units
        deficit[receiver] -= units
        result.append(Move(by_id[giver], by_id[receiver], units))
    return result


def _settles(rows: Sequence[Row], rules: Rules) -> timedelta:
    left = max((row.forecast.hours for row in rows), default=0.0) * HOUR
    return min(rules.settles, SETTLES_PART * left)
