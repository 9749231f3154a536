"""Counts as a picture in SVG: stacked columns, or curves, beside a scale. Patterns and dashes differ, not colors alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

WIDTH, HEIGHT = 960.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 12.0, 34.0
PLOT = HEIGHT - TOP - BOTTOM


class Series(NamedTuple):
    """What is counted; ``pattern`` names its class in the style sheet."""

    pattern: str
    label: str
    total: int


@dataclass(frozen=True, slots=True)
class Place:
    """One of the axis, with the count of each series. ``key`` is whatever it stands for."""

    key: Any
    title: str
    mark: str  # below the axis; empty for most
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    series: Series
    tickets: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    place: Place
    x: float
    width: float
    parts: tuple[Part, ...]

    @property
    def title(self) -> str:
        return self.place.title

    @property
    def mark(self) -> str:
        return self.place.mark

    @property
    def counts(self) -> tuple[int | None, ...]:
        return self.place.counts

    @property
    def total(self) -> int:
        return sum(count or 0 for count in self.counts)

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Curve:
    series: Series
    points: str  # as SVG writes them


@dataclass(frozen=True, slots=True)
class Line:
    """Of the scale."""

    value: int
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    series: tuple[Series, ...]
    curves: tuple[Curve, ...] = ()

    @property
    def total(self) -> int:
        return sum(series.total for series in self.series)


def stacked(places: Sequence[Place], labels: Sequence[tuple[str, str]]) -> Chart:
    """``labels``: pattern and words of each series."""
    lines = scale(max((sum(count or 0 for count in place.counts) for place in places), default=0))
    series = _series(places, labels)
    columns = [
        Column(place, x, width, _parts(place, series, PLOT / lines[-1].value))
        for place, x, width in _spread(places)
    ]
    return Chart(tuple(columns), lines, series)


def curved(places: Sequence[Place], labels: Sequence[tuple[str, str]]) -> Chart:
    """A curve for each series, to where its counts end. Its total is the last of them."""
    lines = scale(max((count or 0 for place in places for count in place.counts), default=0))
    spread = _spread(places)
    curves = []
    for number, (pattern, label) in enumerate(labels):
        points = [
            (x + width / 2, TOP + PLOT - PLOT * count / lines[-1].value, count)
            for place, x, width in spread
            if (count := place.counts[number]) is not None
        ]
        total = points[-1][2] if points else 0
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y, _count in points)
        curves.append(Curve(Series(pattern, label, total), drawn))
    columns = [Column(place, x, width, ()) for place, x, width in spread]
    return Chart(tuple(columns), lines, tuple(curve.series for curve in curves), tuple(curves))


def _series(places: Sequence[Place], labels: Sequence[tuple[str, str]]) -> tuple[Series, ...]:
    return tuple(
        Series(pattern, label, sum(place.counts[number] or 0 for place in places))
        for number, (pattern, label) in enumerate(labels)
    )


def _spread(places: Sequence[Place]) -> list[tuple[Place, float, float]]:
    """Each with its left side and width."""
    room = (WIDTH - LEFT - RIGHT) / max(len(places), 1)
    return [
        (place, LEFT + index * room + room * 0.12, room * 0.76)
        for index, place in enumerate(places)
    ]


def _parts(place: Place, series: Sequence[Series], height_of_one: float) -> tuple[Part, ...]:
    parts = []
    y = TOP + PLOT
    for own, count in zip(series, place.counts, strict=True):
        if count:
            height = count * height_of_one
            y -= height
            parts.append(Part(own, count, y, height))
    return tuple(parts)


def scale(maximum: int) -> tuple[Line, ...]:
    """Up to five lines at round numbers, the last not below the tallest column."""
    step = 1
    while step * 4 < maximum:
        step = _next(step)
    values = range(0, max(-(-maximum // step), 1) * step + 1, step)
    return tuple(Line(value, TOP + PLOT - PLOT * value / values[-1]) for value in values)


def _next(step: int) -> int:
    """1, 2, 5, 10, 20, 50 …"""
    return step * 5 // 2 if str(step).startswith("2") else step * 2
