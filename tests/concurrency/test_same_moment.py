"""One hold or one key, and several who want it at the same moment."""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import connection

from allocations.models import Movement
from common.actor import SYSTEM
from common.errors import RefusedError
from idempotency.answers import Answer, Repeat
from idempotency.errors import IdempotencyConflictError
from idempotency.models import StoredAnswer
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import HoldExpiredError
from sales.expiry import expire_due
from sales.models import Booking
from tests.concurrency.race import PATIENCE, errors_of, race
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled

ROUNDS = 60


def fight_over(holds: list[int], *, due_in: str) -> list[tuple[bool, bool]]:
    """Confirm, cancel and expire each hold at the same moment; (confirmed, cancelled) of each.

    ``due_in`` is when a hold ends, counted from the moment that the fight over it begins.
    """
    turn = iter(holds)

    def set_due() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sales_booking SET expires_at = clock_timestamp() + %s::interval"
                " WHERE id = %s",
                [due_in, next(turn)],
            )

    start, end = Barrier(3, set_due), Barrier(3)

    def fighter(act: Callable[[int], object]) -> list[bool]:
        won = []
        for hold in holds:
            start.wait(PATIENCE)
            try:
                act(hold)
            except RefusedError:
                won.append(False)
            else:
                won.append(True)
            end.wait(PATIENCE)
        return won

    def sweep(hold: int) -> None:
        while Booking.objects.filter(pk=hold, status=BookingStatus.ON_HOLD).exists():
            expire_due()

    outcomes = race(
        [
            lambda: fighter(lambda hold: sales.confirm(hold, by=SYSTEM)),
            lambda: fighter(lambda hold: sales.cancel(hold, by=SYSTEM, reason="changed mind")),
            lambda: fighter(sweep),
        ]
    )
    assert errors_of(outcomes) == []
    return list(zip(outcomes[0].value or [], outcomes[1].value or [], strict=True))


def ends_of(hold: int) -> list[str]:
    """What the ledger says became of a hold, in order."""
    return list(
        Movement.objects.filter(document_id=hold).order_by("pk").values_list("kind", flat=True)
    )


# What a hold's movements may be, and who was told that it was his act.
LAWFUL = {
    ("HOLD", "CONFIRM"): (True, False),
    ("HOLD", "RELEASE"): (False, True),
    ("HOLD", "EXPIRE"): (False, False),
    ("HOLD", "CONFIRM", "REFUND"): (True, True),
}


@pytest.mark.parametrize("due_in", ["-1 s", "1 ms", "3 ms", "6 ms", "1 h"])
def test_a_hold_is_confirmed_or_released_or_expired_once(due_in: str) -> None:
    stage = make_stage(pools={"GA": ROUNDS * 2})
    holds = [stage.hold([("Ticket", 2)]) for _ in range(ROUNDS)]
    won = fight_over(holds, due_in=due_in)
    ends = [tuple(ends_of(hold)) for hold in holds]
    assert [LAWFUL.get(found) for found in ends] == won
    if due_in == "-1 s":
        assert set(ends) == {("HOLD", "EXPIRE")}
    if due_in == "1 h":
        assert ("HOLD", "EXPIRE") not in ends
    kept = Booking.objects.filter(status=BookingStatus.CONFIRMED).count()
    assert ends.count(("HOLD", "CONFIRM")) == kept
    assert stage.counters() == Counters(ROUNDS * 2, 0, 2 * kept, 0)
    assert_reconciled()


def test_many_sweeps_at_once_end_each_hold_once() -> None:
    stage = make_stage(pools={"GA": 200})
    holds = [stage.hold() for _ in range(200)]
    Booking.objects.update(expires_at="2020-01-01T00:00:00Z")

    def sweep() -> int:
        done = 0
        while found := expire_due(batch=7):
            done += found
        return done

    outcomes = race([sweep] * 8)
    assert errors_of(outcomes) == []
    # A sweep that finds all remaining rows locked by others stops; the next one sees to them.
    assert sum(found.value or 0 for found in outcomes) + expire_due() == 200
    assert {tuple(ends_of(hold)) for hold in holds} == {("HOLD", "EXPIRE")}
    assert stage.counters() == Counters(200, 0, 0, 0)
    assert_reconciled()


def the_same_request_16_times(act: Callable[[Repeat], Answer]) -> list[Answer]:
    repeat = Repeat.of("channel:1", "key", b"POST", b"body")
    outcomes = race([lambda: act(repeat)] * 16)
    assert errors_of(outcomes) == []
    answers = [found.value for found in outcomes if found.value is not None]
    assert len(answers) == 16
    assert len({answer.body for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert StoredAnswer.objects.count() == 1
    return answers


@pytest.mark.parametrize("confirm", [True, False])
def test_one_key_from_many_threads_books_once(*, confirm: bool) -> None:
    stage = make_stage()
    order = stage.order([("Ticket", 3)], confirm=confirm)
    the_same_request_16_times(lambda repeat: sales.book(order, by=SYSTEM, repeat=repeat))
    assert Booking.objects.count() == 1
    counted = stage.counters()
    assert counted.held + counted.sold == 3
    assert_reconciled()


def on_hold(stage: Stage) -> int:
    return stage.hold([("Ticket", 3)])


def test_one_key_from_many_threads_confirms_once() -> None:
    stage = make_stage()
    hold = on_hold(stage)
    the_same_request_16_times(lambda repeat: sales.confirm(hold, by=SYSTEM, repeat=repeat))
    assert stage.counters() == Counters(100, 0, 3, 0)
    assert_reconciled()


def test_one_key_from_many_threads_refunds_once() -> None:
    stage = make_stage()
    hold = on_hold(stage)
    sales.confirm(hold, by=SYSTEM)
    the_same_request_16_times(
        lambda repeat: sales.cancel(hold, by=SYSTEM, reason="ill", lines={1: 1}, repeat=repeat)
    )
    assert stage.counters() == Counters(100, 0, 2, 0)
    assert_reconciled()


def test_one_key_with_two_bodies_answers_one_of_them_and_refuses_the_other() -> None:
    stage = make_stage()

    def ask(body: int) -> Answer:
        repeat = Repeat.of("channel:1", "key", b"%d" % body)
        order = stage.order([("Ticket", 1 + body)], confirm=True)
        return sales.book(order, by=SYSTEM, repeat=repeat)

    outcomes = race([lambda body=number % 2: ask(body) for number in range(16)])  # type: ignore[misc]
    assert errors_of(outcomes, IdempotencyConflictError) == []
    assert [found.value is None for found in outcomes].count(True) == 8
    assert len({found.value.body for found in outcomes if found.value}) == 1
    assert Booking.objects.count() == 1
    assert_reconciled()


def test_many_confirmations_of_one_hold_sell_it_once() -> None:
    stage = make_stage()
    hold = on_hold(stage)
    outcomes = race([lambda: sales.confirm(hold, by=SYSTEM)] * 8)
    assert errors_of(outcomes, RefusedError) == []
    assert [found.error is None for found in outcomes].count(True) == 1
    assert not any(isinstance(found.error, HoldExpiredError) for found in outcomes)
    assert stage.counters() == Counters(100, 0, 3, 0)
    assert_reconciled()
