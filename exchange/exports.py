"""What comes out: the tables of the set-up, and reports that nothing reads back.

Every export begins with what the person's own lists show, and is bounded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import Listing
from allocations.sellers import listed_channels
from allocations.stop_sell import read_stops
from common.sheets import Cell, Sheet
from events.models import Venue
from events.models.stoppable import Stoppable
from exchange.enums import FileKind
from exchange.errors import TooMuchError
from exchange.reports import REPORTS
from exchange.tables import TABLES

MAX_EXPORTED = 100_000
# Of all sheets together: a workbook is made while the person waits, and an import takes no more.
MAX_IN_WORKBOOK = 20_000
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be exported, as a table of the set-up or as a report."""

    name: str
    title: str
    model: type[Model]
    venue_path: str
    columns: Sequence[str]
    queryset: Callable[[], QuerySet[Any]]
    rows: Callable[[Any], Iterable[Sequence[Cell]]]
    # Where the rows stand towards an event, a series and a moment; "" where they do not.
    event_path: str
    series_path: str
    # The related rows that are written for each; none: itself, once.
    written: Sequence[str] = ()

    @property
    def permission(self) -> str:
        if self.is_setup:
            return TABLES[self.name].permission("view")
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    @property
    def is_setup(self) -> bool:
        return self.name in TABLES


EVENT_PATHS = {
    "venues": ("events", "events__series"),
    "series": ("events", "pk"),
    "channels": ("listings__event", "listings__event__series"),
    "events": ("pk", "series"),
    "plans": ("pool__event", "pool__event__series"),
}

SOURCES: dict[str, Source] = {
    **{
        table.name: Source(
            table.name,
            table.title,
            table.model,
            table.venue_path,
            table.names,
            table.queryset,
            table.rows,
            *EVENT_PATHS.get(table.name, ("event", "event__series")),
            table.written,
        )
        for table in TABLES.values()
    },
    **{
        report.name: Source(
            report.name,
            report.title,
            report.model,
            report.venue_path,
            [name for name, _path in report.columns],
            report.queryset,
            report.rows,
            report.event_path,
            f"{report.event_path}__series",
        )
        for report in REPORTS
    },
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which part of the whole is meant; ``None``: all of it. Days are those of each venue."""

    venue_id: int | None = None
    series_id: int | None = None
    event_id: int | None = None
    start: date | None = None
    end: date | None = None

    def of(self, source: Source) -> Q:
        condition = Q()
        if self.venue_id is not None:
            condition &= Q(**{source.venue_path: self.venue_id})
        if self.series_id is not None:
            condition &= Q(**{source.series_path: self.series_id})
        if self.event_id is not None:
            condition &= Q(**{source.event_path: self.event_id})
        if source.name not in {"venues", "series", "channels"}:
            condition &= self._days(source)
        return condition

    def _days(self, source: Source) -> Q:
        """That the event starts on one of the days, by the clock of its own venue."""
        if self.start is None and self.end is None:
            return Q()
        venues = Venue.objects.order_by()
        if self.venue_id is not None:
            venues = venues.filter(pk=self.venue_id)
        starts = "starts_at" if source.event_path == "pk" else f"{source.event_path}__starts_at"
        condition = Q(pk__in=())
        for name in venues.values_list("time_zone", flat=True).distinct():
            within = Q(**{f"{source.venue_path}__time_zone": name})
            if self.start is not None:
                within &= Q(**{f"{starts}__gte": _midnight(self.start, name)})
            if self.end is not None:
                within &= Q(**{f"{starts}__lt": _midnight(self.end + timedelta(days=1), name)})
            condition |= within
        return condition


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def rows_within(source: Source, user: User, bounds: Bounds) -> QuerySet[Any]:
    """What the person may see of it, within bounds."""
    model = source.model._default_manager
    # As a subquery: a path through many rows would repeat the one it leads from.
    rows = model.filter(within_venues(user, source.venue_path), bounds.of(source))
    if source.model is Listing:
        rows = rows.filter(channel__in=listed_channels(user).order_by().values("pk"))
    return source.queryset().filter(pk__in=rows.order_by().values("pk"))


def sheets_of(chosen: Sequence[tuple[Source, QuerySet[Any]]], kind: FileKind) -> list[Sheet]:
    """Rows to be written, read as they are. Raises ``TooMuchError`` for more than a file holds."""
    maximum = MAX_IN_WORKBOOK if kind == FileKind.XLSX else MAX_EXPORTED
    count = sum(_count(source, rows.order_by(), maximum) for source, rows in chosen)
    if count > maximum:
        titles = ", ".join(source.title.lower() for source, _rows in chosen)
        other = f" A CSV file holds {MAX_EXPORTED} of one table." if kind == FileKind.XLSX else ""
        raise TooMuchError(
            f"There are more than {maximum} rows of {titles}: choose an event, a series or dates."
            f"{other}",
            maximum=maximum,
        )
    return [Sheet(source.name, source.columns, _shown(source, rows)) for source, rows in chosen]


def _count(source: Source, rows: QuerySet[Any], maximum: int) -> int:
    """How many are written, as far as one more than ``maximum`` of a kind."""
    counts = (
        rows.filter(**{f"{path}__isnull": False}).values(path)[: maximum + 1].count()
        for path in source.written or ("pk",)
    )
    return sum(counts)


def _shown(source: Source, rows: QuerySet[Any]) -> Iterator[Sequence[Cell]]:
    for chunk in _batched(rows.iterator(chunk_size=AT_ONCE), AT_ONCE):
        if issubclass(source.model, Stoppable):
            read_stops(chunk)
        for row in chunk:
            yield from source.rows(row)


def _batched(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def may_export(user: User, source: Source) -> bool:
    return user.has_perm(source.permission)
