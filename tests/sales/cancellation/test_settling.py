"""The bookings of a cancelled event meet their fate in batches."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from allocations import ledger
from allocations.enums import MovementKind
from allocations.errors import SetupChangedError
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from events.enums import EventStatus
from sales import cancellation_worker, tasks
from sales import services as sales
from sales.cancellation_worker import Round, settle, unfinished
from sales.enums import Fate
from sales.expiry import expire_due
from sales.models import Booking, BookingLine, EventCancellation
from tests.factories import Counters, Stage, id_of, let_expire, make_stage, make_user
from tests.proofs import assert_reconciled, execute, nothing_changed
from tests.sales.cancellation.cancelling import cancel, event_status, status_of

pytestmark = pytest.mark.django_db


def test_refunded_channels_get_their_tickets_back_and_kept_ones_keep_them(stage: Stage) -> None:
    user = make_user()
    holds = [stage.hold([("Ticket", 2)]), stage.hold([("Ticket", 3)], channel="agent")]
    refunded = id_of(stage.sell([("Ticket", 4)]))
    kept = id_of(stage.sell([("Ticket", 5)], channel="agent"))
    cancelled = cancel(stage, by=Actor.person(user), web=Fate.REFUND, agent=Fate.KEEP)
    assert tasks.settle_cancelled_events() == 3
    assert [status_of(one) for one in (*holds, refunded, kept)] == [
        "CANCELLED",
        "CANCELLED",
        "CANCELLED",
        "CONFIRMED",
    ]
    ended = Booking.objects.get(pk=refunded)
    assert (ended.end_reason, ended.expires_at) == ("Storm", None)
    assert ended.ended_at is not None
    assert BookingLine.objects.get(booking=refunded).refunded == 4
    assert BookingLine.objects.get(booking=holds[0]).refunded == 0
    assert stage.counters() == Counters(60, 0, 0, 0)
    assert stage.counters(channel="agent") == Counters(40, 0, 5, 0)
    moves = Movement.objects.filter(document_id__in=[*holds, refunded]).order_by("pk")
    assert {
        (move.document_id, move.kind, move.reason, move.user_id)
        for move in moves
        if move.kind in {MovementKind.RELEASE, MovementKind.REFUND}
    } == {
        (holds[0], "RELEASE", "Storm", user.pk),
        (holds[1], "RELEASE", "Storm", user.pk),
        (refunded, "REFUND", "Storm", user.pk),
    }
    cancelled.refresh_from_db()
    assert cancelled.finished_at is not None
    progress = cancelled.settlements.order_by("channel__name").values_list("released", "refunded")
    assert list(progress) == [(1, 0), (1, 1)]
    assert_reconciled()


def test_what_was_refunded_in_part_is_given_back_for_the_rest(stage: Stage) -> None:
    booking = id_of(stage.sell([("Ticket", 5)]))
    sales.cancel(booking, by=SYSTEM, reason="ill", lines={1: 2})
    cancel(stage, web=Fate.REFUND)
    tasks.settle_cancelled_events()
    assert BookingLine.objects.get(booking=booking).refunded == 5
    assert stage.counters() == Counters(60, 0, 0, 0)
    assert_reconciled()


def test_what_was_drawn_returns_to_the_open_stock_and_limits_are_freed() -> None:
    stage = make_stage(items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}}, give={("GA", "web"): 10})
    stage.draw()
    stage.sell([("Ticket", 8), ("Pair", 4)])
    assert stage.open_row().quantity == 84
    cancel(stage, web=Fate.REFUND)
    tasks.settle_cancelled_events()
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert stage.open_row().quantity == 90
    assert_reconciled()


def test_batches_go_on_where_the_last_one_ended(stage: Stage) -> None:
    booked = [id_of(stage.sell()) for _ in range(5)]
    cancelled = cancel(stage, web=Fate.REFUND)
    first = settle(cancelled.pk, batch=2)
    assert first == Round(2, booked[3])
    assert settle(cancelled.pk, before=first.before, batch=2) == Round(2, booked[1])
    assert settle(cancelled.pk, before=booked[1], batch=2) == Round(1, booked[0])
    assert settle(cancelled.pk, before=booked[0], batch=2) == Round(0, None)
    assert unfinished() == []
    assert settle(cancelled.pk) == Round(0, None)
    assert stage.counters() == Counters(60, 0, 0, 0)


def test_a_walk_that_has_passed_something_over_is_not_the_end(stage: Stage) -> None:
    booked = id_of(stage.sell())
    cancelled = cancel(stage, web=Fate.REFUND)
    assert settle(cancelled.pk, before=booked) == Round(0, None)
    assert unfinished() == [cancelled.pk]
    assert tasks.settle_cancelled_events() == 1
    assert unfinished() == []


def test_a_task_gives_way_after_so_many_batches(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales.cancellation_worker.BATCH", 1)
    monkeypatch.setattr("sales.tasks.MAX_BATCHES", 2)
    for _ in range(3):
        stage.sell()
    cancel(stage, web=Fate.REFUND)
    assert [tasks.settle_cancelled_events() for _ in range(3)] == [2, 1, 0]


def test_the_task_settles_every_cancelled_event() -> None:
    stages = [make_stage(), make_stage()]
    for one in stages:
        one.sell()
        cancel(one, web=Fate.REFUND)
    assert tasks.settle_cancelled_events() == 2
    assert unfinished() == []


def test_statements_are_as_many_as_batches_whatever_they_hold(stage: Stage) -> None:
    cancelled = cancel_after_sales(stage, 30)
    with CaptureQueriesContext(
        connection,
    ) as three:
        settle(cancelled.pk, batch=3)
    with CaptureQueriesContext(connection) as twenty:
        settle(cancelled.pk, batch=20)
    assert len(three) == len(twenty) == 9


def cancel_after_sales(stage: Stage, number: int) -> EventCancellation:
    for _ in range(number):
        stage.sell()
    cancelled = cancel(stage, web=Fate.REFUND)
    settle(cancelled.pk, batch=1)  # the set-up is in memory from then on
    return cancelled


def test_what_ends_by_itself_is_not_counted_as_settled(stage: Stage) -> None:
    over = stage.hold()
    refunded = id_of(stage.sell())
    cancelled = cancel(stage, web=Fate.REFUND)
    let_expire(over)
    expire_due()
    sales.cancel(refunded, by=SYSTEM, reason="by its seller")
    tasks.settle_cancelled_events()
    cancelled.refresh_from_db()
    assert cancelled.finished_at is not None
    found = cancelled.settlements.get()
    assert (found.to_settle, found.settled) == (2, 0)


def test_a_booking_that_disagrees_with_its_stock_is_logged_and_holds_up_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, sound = id_of(stage.sell()), id_of(stage.sell())
    execute("UPDATE sales_bookingline SET quantity = 90 WHERE booking_id = %s", damaged)
    cancelled = cancel(stage, web=Fate.REFUND)
    assert tasks.settle_cancelled_events() == 1
    assert (status_of(damaged), status_of(sound)) == ("CONFIRMED", "CANCELLED")
    assert f"Booking {damaged} cannot be settled" in caplog.text
    assert unfinished() == [cancelled.pk]


def test_a_booking_of_what_counts_on_no_stock_is_logged_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = make_stage(items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}})
    damaged, sound = id_of(stage.sell([("Pair", 1)])), id_of(stage.sell())
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE events_component DISABLE TRIGGER sales_component_frozen")
    execute("DELETE FROM events_component WHERE item_id = %s", stage.items["Pair"].pk)
    execute("ALTER TABLE events_component ENABLE TRIGGER sales_component_frozen")
    cancel(stage, web=Fate.REFUND)
    assert tasks.settle_cancelled_events() == 1
    assert (status_of(damaged), status_of(sound)) == ("CONFIRMED", "CANCELLED")
    assert f"Booking {damaged} cannot be settled" in caplog.text


def test_while_the_set_up_changes_nothing_is_marked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = id_of(stage.sell())
    cancelled = cancel(stage, web=Fate.REFUND)
    with monkeypatch.context() as context:
        context.setattr(
            ledger,
            "post",
            lambda groups, **_: ledger.Posting(
                [SetupChangedError() for _ in groups], timezone.now()
            ),
        )
        with nothing_changed():
            assert settle(cancelled.pk) == Round(0, booked)
    assert tasks.settle_cancelled_events() == 1


def test_a_worker_is_asked_after_the_commit_and_the_decision_stands_without_it(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    asked = []

    def no_broker() -> None:
        asked.append(event_status(stage))
        raise OSError

    monkeypatch.setattr("sales.cancellation.ask_for_settling", no_broker)
    with django_capture_on_commit_callbacks(execute=True):
        cancel(stage)
        assert asked == []
    assert asked == [EventStatus.CANCELLED]


def test_a_cancellation_that_is_stuck_holds_up_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_stage()
    for one in (stage, other):
        one.hold()
        cancel(one)
    stuck = EventCancellation.objects.get(event=stage.event).pk

    def fails_for_one(cancellation: int, **terms: Any) -> Any:
        if cancellation == stuck:
            raise OperationalError
        return settle(cancellation, **terms)

    monkeypatch.setattr(cancellation_worker, "settle", fails_for_one)
    tasks.settle_cancelled_events()
    assert other.counters().held == 0
    assert f"Cancellation {stuck} could not go on." in caplog.text
