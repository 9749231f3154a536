"""Events that are postponed and copied while others sell them, postpone them and copy them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from allocations import copying, ledger, postponing
from allocations.copying import copy_event
from allocations.enums import Closes, Draws
from allocations.errors import NeedsApprovalError
from allocations.models import Stock
from allocations.postponing import postpone_event
from allocations.services import move_quantity
from common.actor import SYSTEM
from events.errors import DateTakenError
from events.models import Event as Date
from events.models import Series
from sales.errors import SoldOutError
from tests.allocations.plans.specs import apply, group, line
from tests.concurrency.race import (
    Outcome,
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import chance_of, wait_for_more
from tests.factories import Counters, Stage, make_event, make_stage
from tests.proofs import assert_reconciled

CHANNELS = ("web", "agent", "desk")


def drawing() -> Stage:
    """Three channels that all draw on shared stock, whose row is younger than theirs."""
    stage = make_stage(pools={"GA": 2_000}, channels=CHANNELS, give={})
    for channel in CHANNELS:
        ends = stage.event.starts_at - timedelta(hours=24)
        stage.draw(channel, on="all", draws_until=ends)
    with transaction.atomic():
        move_quantity(
            source=stage.open_row(),
            target=stage.open_row(name="all"),
            units=2_000,
            by=SYSTEM,
            reason="test",
        )
    return stage


def postpone_while_many_sell(stage: Stage, sellers: int, then: Callable[[], None]) -> datetime:
    """Day by day, and ``then`` something else each time; returns when the event starts by now."""
    over, booked = Event(), list[int]()

    def sell(seed: int) -> None:
        chance = chance_of(seed)
        try:
            for _ in range(40):
                booked.append(stage.hold(channel=chance.choice(CHANNELS)))
        finally:
            over.set()

    def postpone() -> None:
        start = stage.event.starts_at
        while not over.is_set():
            start += timedelta(days=1)
            with transaction.atomic():
                postpone_event(
                    event_id=stage.event.pk,
                    starts_at=start,
                    by=SYSTEM,
                    reason="Storm",
                    now=timezone.now(),
                )
            then()
            wait_for_more(booked, over)

    selling: list[Callable[[], None]] = [partial(sell, seed) for seed in range(sellers)]
    assert errors_of(race([*selling, postpone]), SoldOutError) == []
    starts_at = Date.objects.get(pk=stage.event.pk).starts_at
    assert starts_at > stage.event.starts_at
    return starts_at


def test_an_event_is_postponed_again_and_again_while_every_channel_draws() -> None:
    stage = drawing()
    starts_at = postpone_while_many_sell(stage, 6, lambda: None)
    ends = set(Stock.objects.filter(channel__isnull=False).values_list("draws_until", flat=True))
    assert ends == {starts_at - timedelta(hours=24)}
    assert_reconciled()


def postpone_while_an_agent_sells(
    stage: Stage, patch: pytest.MonkeyPatch, *, at_once: bool
) -> list[Outcome[None]]:
    """A drawing channel's window is moved; another one sells before the commit."""
    moved_one = Event()

    def set_terms(wanted: Mapping[int, ledger.Terms], **cause: Any) -> None:
        for part in [wanted] if at_once else [{row: terms} for row, terms in wanted.items()]:
            ledger.set_terms(part, **cause)
            if not moved_one.is_set():
                moved_one.set()
                wait_until(lambda: waiting_for_locks() == 1)

    def postpone() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Shorter than PostgreSQL waits before it looks for a deadlock, and counts one.
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            postpone_event(
                event_id=stage.event.pk,
                starts_at=stage.event.starts_at + timedelta(days=1),
                by=SYSTEM,
                reason="Storm",
                now=timezone.now(),
            )

    def sell() -> None:
        await_event(moved_one)
        stage.sell(channel="agent")

    patch.setattr(postponing, "ledger", SimpleNamespace(Terms=ledger.Terms, set_terms=set_terms))
    return race([postpone, sell])


def test_a_sale_waits_until_all_drawing_terms_have_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = drawing()
    outcomes = postpone_while_an_agent_sells(stage, monkeypatch, at_once=True)
    assert errors_of(outcomes) == []
    event = Date.objects.get(pk=stage.event.pk)
    assert event.starts_at == stage.event.starts_at + timedelta(days=1)
    assert stage.counters(channel="agent") == Counters(1, 0, 1, 1)
    assert_reconciled()


def test_control_without_the_lock_of_all_rows_the_two_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = drawing()
    postponed, sale = postpone_while_an_agent_sells(stage, monkeypatch, at_once=False)
    assert isinstance(postponed.error, OperationalError)
    assert "lock timeout" in str(postponed.error)
    assert sale.error is None
    assert Date.objects.get(pk=stage.event.pk).starts_at == stage.event.starts_at


def move_into_the_window_while_units_are_taken(stage: Stage) -> list[Outcome[None]]:
    """The event gets a start 20 hours ahead; units that nobody approved were taken, and not committed yet."""
    taken, over = Event(), Event()

    def take() -> None:
        with transaction.atomic():
            move_quantity(
                source=stage.row(), target=stage.open_row(), units=5, by=SYSTEM, reason="test"
            )
            taken.set()
            wait_until(lambda: over.is_set() or waiting_for_locks() == 1)

    def postpone() -> None:
        await_event(taken)
        try:
            with transaction.atomic():
                postpone_event(
                    event_id=stage.event.pk,
                    starts_at=timezone.now() + timedelta(hours=20),
                    by=SYSTEM,
                    reason="Storm",
                    now=timezone.now(),
                )
        finally:
            over.set()

    return race([take, postpone])


def test_a_date_waits_for_what_is_being_taken_within_its_window_and_is_refused() -> None:
    stage = make_stage(starts_at=timezone.now() + timedelta(hours=72))
    taking, date = move_into_the_window_while_units_are_taken(stage)
    assert errors_of([taking, date], NeedsApprovalError) == []
    assert "web has lost 5 of GA less than 48 hours before the new start" in str(date.error)
    assert Date.objects.get(pk=stage.event.pk).starts_at == stage.event.starts_at
    assert stage.counters().quantity == 95
    assert_reconciled()


def test_control_without_the_lock_of_all_rows_the_date_passes_what_is_being_taken() -> None:
    stage = make_stage(starts_at=timezone.now() + timedelta(hours=72))
    lock = "PERFORM FROM allocations_stock WHERE event_id = NEW.id ORDER BY id FOR UPDATE;"
    with changed_function("transfers_date_judged", lock, ""):
        assert errors_of(move_into_the_window_while_units_are_taken(stage)) == []
    assert Date.objects.get(pk=stage.event.pk).starts_at < stage.event.starts_at
    assert stage.counters().quantity == 95


def test_plans_follow_and_are_applied_again_while_every_channel_draws() -> None:
    """Each change of date makes a version; an editor applies others in between."""
    stage = make_stage(pools={"GA": 2_000}, channels=CHANNELS, give={})

    def divide() -> None:
        ends = Date.objects.get(pk=stage.event.pk).starts_at - timedelta(hours=12)
        rule: dict[str, Any] = {"closes": Closes.BEFORE_START, "closes_hours": 24}
        apply(
            stage,
            line(stage, "web", 40, group="all", **rule),
            line(stage, "agent", "5", group="all", releases_at=ends),
            line(stage, "desk", draws=Draws.GENERAL, **rule),
            group("all", 1_000, release_hours=12),
        )

    divide()
    starts_at = postpone_while_many_sell(stage, 4, divide)
    assert stage.row(channel="web").draws_until == starts_at - timedelta(hours=24)
    assert stage.row(channel="agent").releases_at == starts_at - timedelta(hours=12)
    assert stage.open_row(name="all").releases_at == starts_at - timedelta(hours=12)
    assert_reconciled()


@pytest.mark.parametrize("own_series", [True, False])
def test_of_those_who_copy_to_one_date_at_once_one_does(*, own_series: bool) -> None:
    stage = make_stage()
    if own_series:
        series = Series.objects.create(venue=stage.event.venue, name="Nights")
        Date.objects.filter(pk=stage.event.pk).update(series=series)
    start = stage.event.starts_at + timedelta(days=7)

    def copy() -> None:
        with transaction.atomic():
            copy_event(
                event_id=stage.event.pk,
                starts=[start],
                by=SYSTEM,
                reason="Season",
                now=timezone.now(),
            )

    outcomes = race([copy] * 6)
    assert errors_of(outcomes, DateTakenError) == []
    assert Date.objects.filter(starts_at=start).count() == 1
    assert Series.objects.count() == 1
    assert_reconciled()


def copy_two_dates_of_a_series_to_one(patch: pytest.MonkeyPatch) -> tuple[datetime, list[Any]]:
    """Each has found the date free before the other has written its copy, unless it must wait."""
    stage = make_stage()
    series = Series.objects.create(venue=stage.event.venue, name="Nights")
    second = make_event(stage.event.venue, series=series)
    Date.objects.filter(pk=stage.event.pk).update(series=series)
    start = stage.event.starts_at + timedelta(days=7)
    checked = list[int]()
    require_starts = copying.require_starts

    def check(*args: Any) -> None:
        require_starts(*args)
        checked.append(args[0].pk)
        wait_until(lambda: len(checked) == 2 or waiting_for_locks() == 1)

    def copy(event_id: int) -> None:
        with transaction.atomic():
            copy_event(
                event_id=event_id,
                starts=[start],
                by=SYSTEM,
                reason="Season",
                now=timezone.now(),
            )

    patch.setattr(copying, "require_starts", check)
    return start, race([partial(copy, stage.event.pk), partial(copy, second.pk)])


def test_of_two_dates_of_a_series_one_is_copied_to_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    start, outcomes = copy_two_dates_of_a_series_to_one(monkeypatch)
    assert errors_of(outcomes, DateTakenError) == []
    assert [found.error is None for found in outcomes].count(True) == 1
    assert Date.objects.filter(starts_at=start).count() == 1


def test_control_without_the_lock_of_the_series_both_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_lock_series", lambda event, _by, _reason: event.series)
    start, outcomes = copy_two_dates_of_a_series_to_one(monkeypatch)
    assert errors_of(outcomes) == []
    assert Date.objects.filter(starts_at=start).count() == 2
