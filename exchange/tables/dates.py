"""Events: one date each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from allocations.approval import judged
from allocations.consequences import of_dates
from allocations.plans.reschedule import follow_dates, governed, work_out
from common.errors import InvalidInputError
from common.names import name_key
from events.consequences import of_new, of_window
from events.enums import EventStatus
from events.models import Event
from exchange.base import (
    Column,
    Key,
    Row,
    RowChange,
    Table,
    Why,
    Wrong,
    in_order,
    save_all,
    shown,
)
from exchange.cell_types import Choice, ClockTime, Moment, Name, Text, Value, YesNo, excerpt
from exchange.references import EventKey, References
from exchange.tables.places import venue_column

WINDOW = ("sales_from", "sales_until")
# What may carry something across now when it changes.
TIMES = frozenset({"ends_at", "all_day", "opens_at", "closes_at", *WINDOW})


def event_columns(path: str) -> tuple[Column, ...]:
    """The three columns that name an event, in its own sheet and in those of its parts."""
    return (
        venue_column(f"{path}venue.slug"),
        Column("event", Name(), f"{path}name", "The event's name.", required=True),
        Column(
            "starts_at",
            Moment(),
            f"{path}starts_at",
            "On the venue's clock, e.g. 2026-12-05 19:30.",
            required=True,
        ),
    )


def window_columns() -> tuple[Column, ...]:
    return (
        Column("sales_from", Moment(), "sales_from", "Empty: at once.", "sales_from"),
        Column("sales_until", Moment(), "sales_until", "Empty: to the end.", "sales_until"),
    )


def windows_at_once(plans: Sequence[RowChange], now: datetime) -> Iterator[str]:
    """What other sales windows of items or listings open or end at once."""
    moved = {
        planned.target.pk: planned.target
        for planned in plans
        if not planned.is_new and set(WINDOW).intersection(planned.fields)
    }
    if not moved:
        return
    model = type(next(iter(moved.values())))
    for before in model._default_manager.filter(pk__in=moved).order_by("pk"):
        part = moved[before.pk]
        windows = [tuple(getattr(state, name) for name in WINDOW) for state in (before, part)]
        sentences = of_window(str(part), windows[0], windows[1], part.event, now)
        yield from (f"{part.event}: {sentence}" for sentence in sentences)


def event_key(values: Mapping[str, Value]) -> EventKey:
    moment: datetime = values["starts_at"]
    return (values["venue"], values["event"], moment)


class Events(Table):
    name = "events"
    title = "Events"
    model = Event
    venue_path = "venue"
    chunk = 200
    told_when_new = frozenset({"starts_at"})
    columns = (
        *event_columns(""),
        Column("series", Name(), "series.name", "The name of one of the venue's series."),
        Column("ends_at", Moment(), "ends_at", "", "ends_at"),
        Column("all_day", YesNo(), "all_day", "Then with opening hours.", "all_day"),
        Column("opens_at", ClockTime(), "opens_at", "Of an all-day event, e.g. 10:00.", "opens_at"),
        Column(
            "closes_at",
            ClockTime(),
            "closes_at",
            "Past midnight when earlier than opens_at, e.g. 02:00.",
            "closes_at",
        ),
        *window_columns(),
        Column(
            "status",
            Choice(EventStatus),
            "status",
            "A new event is a DRAFT.",
            counted=True,
            new_value=EventStatus.DRAFT,
        ),
        Column("stop_reason", Text(), "stop_reason", "Why it is stopped.", counted=True),
    )

    def queryset(self) -> QuerySet[Any]:
        return Event.objects.select_related("venue", "series").order_by(
            "venue__slug", "starts_at", "pk"
        )

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        references.load_events(event_key(values) for values in rows)
        references.load_series()

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        references.venue(values["venue"])
        key = event_key(values)
        return key, references.event(key) if references.events.get(key) else None

    def make(self, values: Mapping[str, Value], references: References) -> Event:
        return Event(
            venue=references.venue(values["venue"]),
            name=values["event"],
            starts_at=values["starts_at"],
        )

    def keep(self, key: Key, target: Event, references: References) -> None:
        references.events[key[0], key[1], key[2]] = [target]

    def complete(self, planned: RowChange, references: References) -> None:
        if "series" not in planned.values:
            return
        event, name = planned.target, planned.values["series"]
        before = event.series
        series = None
        if name:
            series = references.series.get((planned.values["venue"], name_key(name)))
            if series is None:
                raise Wrong("series", f"The venue has no series {excerpt(name)}.")
        if before is not series and (before is None or series is None or before.pk != series.pk):
            event.series = series
            if not planned.is_new:
                planned.fields.append("series")
                planned.changes.append(("series", shown(before), shown(series)))

    def check_last(
        self, plans: Sequence[RowChange], references: References
    ) -> Iterator[tuple[Row, Wrong]]:
        """That the rules of plans that stay lead somewhere on the new dates; then they follow."""
        moved = {
            planned.target.pk: planned
            for planned in plans
            if not planned.is_new and "sales_from" in planned.fields
        }
        ruled = governed(moved) if moved else set()
        for before in Event.objects.filter(pk__in=ruled).order_by("pk"):
            planned = moved[before.pk]
            try:
                following = work_out(
                    before, planned.target, field="sales_from", without=references.replanned
                )
                if following.terms:
                    planned.to_settle["dates"] = before
            except InvalidInputError as error:
                yield planned.row, Wrong("sales_from", error.detail)

    def at_once(
        self, plans: Sequence[RowChange], references: References, now: datetime
    ) -> Iterator[str]:
        moved = {
            planned.target.pk: planned.target
            for planned in plans
            if not planned.is_new and TIMES.intersection(planned.fields)
        }
        for before in Event.objects.filter(pk__in=moved).select_related("venue").order_by("pk"):
            after = moved[before.pk]
            yield from (
                f"{after}: {sentence}"
                for sentence in of_dates(before, after, now, without=references.replanned)
            )
        for planned in plans:
            if planned.is_new:
                yield from (
                    f"{planned.target}: {sentence}" for sentence in of_new(planned.target, now)
                )

    def settle(self, planned: RowChange, why: Why) -> None:
        if "dates" in planned.to_settle:
            follow_dates(
                before=planned.to_settle["dates"],
                after=planned.target,
                by=why.by,
                field="sales_from",
            )

    def rules(self, target: Event) -> Iterator[tuple[str, str]]:
        yield from in_order(target, "starts_at", "ends_at", "The event ends after it starts.")
        yield from in_order(target, "sales_from", "sales_until", "The sale ends after it begins.")
        hours = (target.opens_at, target.closes_at)
        if target.all_day and (None in hours or hours[0] == hours[1]):
            yield "opens_at", "An all-day event has opening hours: two different times."

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        with judged():
            save_all(plans, why)
