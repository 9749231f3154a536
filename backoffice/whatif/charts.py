"""What runs came to, as pictures: sold over time with its interval, and bars by channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from planning.whatif.results import Spread

WIDTH, HEIGHT = 960.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 12.0, 30.0
PLOT, ACROSS = HEIGHT - TOP - BOTTOM, WIDTH - LEFT - RIGHT
MARKS = 6
BAR = 22.0


@dataclass(frozen=True, slots=True)
class Curve:
    """``band``: between which numbers 90 of 100 runs lie."""

    slug: str
    line: str
    band: str


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class OverTime:
    curves: Sequence[Curve]
    scale: Sequence[Mark]
    moments: Sequence[Mark]


def over_time(
    sides: Sequence[Sequence[Spread]], begins: float, ends: float, zone: ZoneInfo
) -> OverTime:
    """Tickets sold by then, of each side; both on one scale."""
    tallest = max((spread.high for side in sides for spread in side), default=0.0)
    scale = scale_of(tallest)
    top = scale[-1] or 1

    def y(value: float) -> float:
        return TOP + PLOT - PLOT * value / top

    curves = []
    for slug, side in zip(("a", "b"), sides, strict=True):
        xs = [LEFT + ACROSS * (index + 1) / len(side) for index in range(len(side))]
        start = f"{LEFT:.1f},{y(0):.1f}"
        line = " ".join(f"{x:.1f},{y(s.mean):.1f}" for x, s in zip(xs, side, strict=True))
        upper = [f"{x:.1f},{y(s.high):.1f}" for x, s in zip(xs, side, strict=True)]
        lower = [f"{x:.1f},{y(s.low):.1f}" for x, s in zip(xs, side, strict=True)]
        band = " ".join([start, *upper, *reversed(lower)])
        curves.append(Curve(slug, f"{start} {line}", band))
    moments = []
    for number in range(MARKS):
        share = number / (MARKS - 1)
        at = datetime.fromtimestamp(begins + (ends - begins) * share, UTC).astimezone(zone)
        moments.append(Mark(LEFT + ACROSS * share, date_format(at, "j M")))
    return OverTime(curves, [Mark(y(value), str(value)) for value in scale], moments)


def scale_of(tallest: float) -> list[int]:
    """Up to five round numbers, the last not below the tallest."""
    step, steps = 1, (2.0, 2.5, 2.0)
    number = 0
    while step * 4 < tallest:
        step = round(step * steps[number % 3])
        number += 1
    return [step * count for count in range(5)]


@dataclass(frozen=True, slots=True)
class Bar:
    """Width of the bar of a mean, and from where to where its interval reaches, in percent of the widest."""

    slug: str
    width: float
    low: float
    high: float


def bars(spreads: Sequence[Spread], widest: float) -> list[Bar]:
    part = 100.0 / widest if widest else 0.0
    return [
        Bar(slug, spread.mean * part, spread.low * part, spread.high * part)
        for slug, spread in zip(("a", "b"), spreads, strict=True)
    ]
