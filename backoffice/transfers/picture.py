"""The small picture of a transfer's two sides: what each has sold lately, and how far its part is sold.

Only geometry, in the units of the drawing; the template draws it. The sides differ in their line
and mark as well as in color.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

DAYS = 14
WIDTH, HEIGHT = 240, 98
LEFT, RIGHT, TOP, BOTTOM = 4.0, 30.0, 8.0, 42.0
PLOT = HEIGHT - TOP - BOTTOM
BAR_TOP, BAR, BAR_GAP = 74.0, 7.0, 12.0


@dataclass(frozen=True, slots=True)
class Line:
    """Units sold since the first day, added up. ``end`` is where the line's mark stands."""

    side: str
    points: str
    x: float
    y: float
    total: int


@dataclass(frozen=True, slots=True)
class Bar:
    side: str
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    maximum: int  # units at the top of the plot

    width = WIDTH
    height = HEIGHT
    left = LEFT
    right = WIDTH - RIGHT
    top = TOP
    base = TOP + PLOT
    bar = BAR
    whole = WIDTH - LEFT - RIGHT
    days = DAYS


Side = tuple[str, Sequence[int] | None, float | None]


def draw(*sides: Side) -> Picture:
    """Of each side its name, what it sold day by day, and its sell-through in percent.

    Open stock has neither.
    """
    totals = {side: [0, *accumulate(days)] for side, days, _percent in sides if days is not None}
    maximum = max((line[-1] for line in totals.values()), default=0)
    return Picture(
        tuple(_line(side, line, maximum) for side, line in totals.items()),
        tuple(
            Bar(side, BAR_TOP + number * BAR_GAP, (WIDTH - LEFT - RIGHT) * min(percent, 100) / 100)
            for number, (side, _days, percent) in enumerate(sides)
            if percent is not None
        ),
        maximum,
    )


def _line(side: str, totals: Sequence[int], maximum: int) -> Line:
    step = (WIDTH - LEFT - RIGHT) / (len(totals) - 1)
    points = [
        (LEFT + step * day, TOP + PLOT - PLOT * total / max(maximum, 1))
        for day, total in enumerate(totals)
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Line(side, drawn, *points[-1], totals[-1])
