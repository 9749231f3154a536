"""A repeated request has the effect of one; a refusal is not remembered."""

from collections.abc import Callable

import pytest

from common.actor import SYSTEM
from idempotency.answers import Answer, Repeat
from idempotency.errors import IdempotencyConflictError
from idempotency.models import StoredAnswer
from sales import booking_sql
from sales import services as sales
from sales.errors import InvalidStateError, SoldOutError
from sales.models import Booking
from sales.orders import LineChange
from tests.factories import Counters, Stage, id_of, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


def asked(body: bytes = b"body", *, key: str = "key", scope: str = "channel:1") -> Repeat:
    return Repeat.of(scope, key, b"POST", b"/bookings/", body)


def test_a_repeated_sale_is_answered_with_the_first_answer(stage: Stage) -> None:
    order = stage.order([("Ticket", 2)], confirm=True)
    first = sales.book(order, by=SYSTEM, repeat=asked())
    assert (first.replayed, first.booking_id) == (False, Booking.objects.get().pk)
    with nothing_changed():
        again = sales.book(order, by=SYSTEM, repeat=asked())
    assert again == Answer(201, first.body, booking_id=None, replayed=True)
    assert stage.counters() == Counters(100, 0, 2, 0)


STEPS: dict[str, Callable[[int, Repeat], Answer]] = {
    "confirm": lambda hold, repeat: sales.confirm(hold, by=SYSTEM, repeat=repeat),
    "extend": lambda hold, repeat: sales.extend(hold, by=SYSTEM, repeat=repeat),
    "amend": lambda hold, repeat: sales.amend(
        hold, by=SYSTEM, changes=[LineChange(1, 3)], repeat=repeat
    ),
    "cancel": lambda hold, repeat: sales.cancel(hold, by=SYSTEM, reason="test", repeat=repeat),
}


@pytest.mark.parametrize("step", list(STEPS))
def test_a_repeated_step_is_answered_with_the_first_answer(stage: Stage, step: str) -> None:
    hold = stage.hold()
    first = STEPS[step](hold, asked())
    with nothing_changed():
        again = STEPS[step](hold, asked())
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.body) == (first.status, first.body) == (200, first.body)
    with nothing_changed(), pytest.raises(IdempotencyConflictError):
        STEPS[step](hold, asked(b"another body"))
    assert_reconciled()


def test_a_key_belongs_to_one_body_and_one_scope(stage: Stage) -> None:
    order = stage.order(confirm=True)
    sales.book(order, by=SYSTEM, repeat=asked())
    with nothing_changed(), pytest.raises(IdempotencyConflictError) as caught:
        sales.book(order, by=SYSTEM, repeat=asked(b"other"))
    assert caught.value.status == 422
    sales.book(order, by=SYSTEM, repeat=asked(key="other"))
    sales.book(order, by=SYSTEM, repeat=asked(scope="channel:2"))
    assert Booking.objects.count() == StoredAnswer.objects.count() == 3


def test_a_refusal_is_not_stored_and_the_key_may_try_again(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 100)])
    order = stage.order(confirm=True)
    with nothing_changed(), pytest.raises(SoldOutError):
        sales.book(order, by=SYSTEM, repeat=asked())
    sales.cancel(hold, by=SYSTEM, reason="test")
    answer = sales.book(order, by=SYSTEM, repeat=asked())
    assert (answer.status, answer.replayed) == (201, False)


def test_a_refused_step_leaves_its_key_free(stage: Stage) -> None:
    sold = id_of(stage.sell())
    with nothing_changed(), pytest.raises(InvalidStateError):
        sales.confirm(sold, by=SYSTEM, repeat=asked())
    sales.cancel(sold, by=SYSTEM, reason="test", repeat=asked())


def test_a_key_taken_between_look_and_insert_is_looked_at_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, repeat = stage.order(confirm=True), asked()
    first = sales.book(order, by=SYSTEM, repeat=repeat)
    look, blind = booking_sql.look, [True]

    def look_too_early(
        event_id: int, wanted: Repeat | None = None, *, to_book: bool = False
    ) -> booking_sql.Scene:
        return look(event_id, None if blind and blind.pop() else wanted, to_book=to_book)

    monkeypatch.setattr(booking_sql, "look", look_too_early)
    again = sales.book(order, by=SYSTEM, repeat=repeat)
    assert (again.replayed, again.body) == (True, first.body)
    assert Booking.objects.count() == 1
