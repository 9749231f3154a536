"""Tickets sold over time as a picture: stacked columns, one for each hour or day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allocations.enums import ChannelKind
from events.selectors import day_start

HOURS, DAYS = 48, 14
WIDTH, HEIGHT = 960.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 12.0, 34.0
PLOT = HEIGHT - TOP - BOTTOM

Sold = Mapping[tuple[datetime, ChannelKind], int]


@dataclass(frozen=True, slots=True)
class Part:
    kind: ChannelKind
    tickets: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    moment: datetime
    title: str
    mark: str  # below the axis; empty for most
    x: float
    width: float
    parts: tuple[Part, ...]
    counts: tuple[int, ...]  # by kind, for the table

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Of the scale."""

    value: int
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    kinds: tuple[tuple[ChannelKind, int], ...]  # with the tickets of each

    @property
    def total(self) -> int:
        return sum(tickets for _kind, tickets in self.kinds)


def begins(now: datetime, zone: ZoneInfo, *, daily: bool) -> datetime:
    """The start of the first column."""
    return _moments(now, zone, daily=daily)[0]


def draw(sold: Sold, now: datetime, zone: ZoneInfo, *, daily: bool) -> Chart:
    moments = _moments(now, zone, daily=daily)
    kinds = tuple(ChannelKind)
    tall = [sum(sold.get((moment, kind), 0) for kind in kinds) for moment in moments]
    lines = _scale(max(tall, default=0))
    room = (WIDTH - LEFT - RIGHT) / len(moments)
    columns = [
        Column(
            moment=moment,
            title=date_format(moment, "D j M") if daily else date_format(moment, "D j M, H:i"),
            mark=_mark(moment, daily=daily),
            x=LEFT + index * room + room * 0.12,
            width=room * 0.76,
            parts=_parts(sold, moment, PLOT / lines[-1].value),
            counts=tuple(sold.get((moment, kind), 0) for kind in kinds),
        )
        for index, moment in enumerate(moments)
    ]
    totals = tuple(
        (kind, sum(column.counts[index] for column in columns)) for index, kind in enumerate(kinds)
    )
    return Chart(tuple(columns), lines, totals)


def _moments(now: datetime, zone: ZoneInfo, *, daily: bool) -> Sequence[datetime]:
    if daily:
        today = day_start(now, zone)
        return [today - timedelta(days=days) for days in range(DAYS - 1, -1, -1)]
    local = now.astimezone(zone)
    hour = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    # Hours are counted on the clock that knows no summer time.
    return [(hour - timedelta(hours=hours)).astimezone(zone) for hours in range(HOURS - 1, -1, -1)]


def _mark(moment: datetime, *, daily: bool) -> str:
    if daily:
        return date_format(moment, "j M")
    if moment.hour == 0:
        return date_format(moment, "D j M")
    return date_format(moment, "H:i") if moment.hour % 6 == 0 else ""


def _parts(sold: Sold, moment: datetime, scale: float) -> tuple[Part, ...]:
    parts = []
    y = TOP + PLOT
    for kind in ChannelKind:
        if tickets := sold.get((moment, kind), 0):
            height = tickets * scale
            y -= height
            parts.append(Part(kind, tickets, y, height))
    return tuple(parts)


def _scale(maximum: int) -> tuple[Line, ...]:
    """Up to five lines at round numbers, the last not below the tallest column."""
    step = 1
    while step * 4 < maximum:
        step = _next(step)
    values = range(0, max(-(-maximum // step), 1) * step + 1, step)
    return tuple(Line(value, TOP + PLOT - PLOT * value / values[-1]) for value in values)


def _next(step: int) -> int:
    """1, 2, 5, 10, 20, 50 …"""
    return step * 5 // 2 if str(step).startswith("2") else step * 2


def table_heads() -> list[str]:
    return [*(str(kind.label) for kind in ChannelKind), _("All")]
