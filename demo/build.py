"""Builds the demo through the same services as everybody else, so that the ledger is whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from demo import alerts, cast, holds, payments, reports, season, transfers
from demo.backdate import Story
from demo.dates import Dates
from demo.pace import sales
from demo.season.shapes import Event
from demo.selling import Player, Tally, play
from demo.stage import Stage, finish_event, make_event

# Sales of the small season, of those planned.
SMALL_SCALE = 0.25


@dataclass(frozen=True, slots=True)
class Built:
    events: int
    bookings: int
    tickets: int
    refused: int


def build(seed: int = 2026, *, small: bool = False, now: datetime | None = None) -> Built:
    """Create the whole demo in a system that has no venues. ``seed`` decides every sale.

    Dates count from ``now``, which is at most the present. It sells at once what a season sells
    in weeks, and then writes down when that would have been (``demo.backdate``).
    """
    story = Story(began=timezone.now())
    with _without_waiting_for_the_disk():
        return _build(seed, small=small, now=now or story.began, story=story)


def _build(seed: int, *, small: bool, now: datetime, story: Story) -> Built:
    with transaction.atomic():
        company = cast.hire(now, story)
    plans = _in_order([plan for plan in season.EVENTS if plan.in_small or not small], company, now)
    stages: list[Stage] = []
    for plan, dates in plans:
        with transaction.atomic():
            stages.append(make_event(plan, dates, company, story))
        holds.set_aside(stages[-1], story)
    scale = SMALL_SCALE if small else 1
    tally = Tally()
    play(
        [
            Player(stage, sales(stage.plan, stage.dates, seed, scale), company, story, tally)
            for stage in stages
        ],
        now,
    )
    for stage in stages:
        with transaction.atomic():
            finish_event(stage, story)
    with transaction.atomic():
        cast.stop_channels(company, story)
        transfers.write_rules(company, story)
        transfers.sign(stages, company)
        transfers.ask(stages, company)
        alerts.set_up(stages, company, story)
        story.write()
        reports.write_down(company)
        payments.settle(company)
        cast.date_keys(company, now)
    alerts.evaluate(stages, company)
    return Built(len(stages), tally.bookings, tally.tickets, tally.refused)


def _in_order(
    plans: Sequence[Event], company: cast.Company, now: datetime
) -> list[tuple[Event, Dates]]:
    """The events in the order in which they were set up, as their numbers tell."""
    dated = [(plan, Dates(plan, company.venues[plan.venue].zone, now)) for plan in plans]
    return sorted(dated, key=lambda pair: pair[1].set_up)


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Thousands of commits; half a season that is lost in a crash is half a season all the same."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        try:
            yield
        finally:
            cursor.execute("RESET synchronous_commit")
