"""Time decides once the stock is locked: not on what the clock said before the wait for it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event as Signal
from typing import Any

import pytest
from django.db import transaction

from allocations.models import Listing, Stock
from common.actor import SYSTEM
from common.clock import database_now
from common.errors import RefusedError
from idempotency.answers import Answer, Repeat
from sales import services
from sales.bulk import book_many
from sales.enums import BookingStatus
from sales.errors import HoldExpiredError, OutsideSalesWindowError
from sales.models import Booking
from sales.orders import LineChange
from tests.concurrency.race import await_event, race, wait_until, waiting_for_locks
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled

SECOND = timedelta(seconds=1)


def behind_a_lock(stage: Stage, job: Callable[[], Any], until: datetime) -> Any:
    """What comes of a job whose stock is locked by somebody else until a moment. Raises what it raises."""
    locked, released = Signal(), Signal()
    row = stage.row().pk

    def hold_the_row() -> None:
        with transaction.atomic():
            list(Stock.objects.select_for_update().filter(pk=row))
            locked.set()
            await_event(released)

    def release_in_time() -> None:
        wait_until(lambda: waiting_for_locks() >= 1)
        wait_until(lambda: database_now() > until)
        released.set()

    def work() -> Any:
        await_event(locked)
        return job()

    outcome = race([hold_the_row, release_in_time, work])[2]
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def lasts(stage: Stage, booking_id: int, seconds: int) -> bool:
    """Whether a hold was given its whole time from when its stock was its own."""
    booking = Booking.objects.get(pk=booking_id)
    assert booking.expires_at is not None
    movement = stage.row().movements.latest("version")
    return booking.expires_at >= movement.at + timedelta(seconds=seconds) * 0.99


def test_a_hold_has_its_time_after_the_wait_and_is_answered_so() -> None:
    stage = make_stage()
    order = stage.order(expires_in_seconds=1)
    repeat = Repeat.of("test", "key", b"body")
    waited = database_now() + 1.5 * SECOND
    answer: Answer = behind_a_lock(
        stage, lambda: services.book(order, by=SYSTEM, repeat=repeat), waited
    )
    assert answer.booking_id is not None
    assert lasts(stage, answer.booking_id, 1)
    ends = datetime.fromisoformat(answer.data["utc_expires_at"])
    assert ends == Booking.objects.get().expires_at
    assert ends > waited
    assert services.book(order, by=SYSTEM, repeat=repeat).body == answer.body
    assert_reconciled()


def test_many_holds_have_their_time_after_the_wait() -> None:
    stage = make_stage()
    orders = [stage.order(expires_in_seconds=1), stage.order(confirm=True)]
    waited = database_now() + 1.5 * SECOND
    held, sold = behind_a_lock(stage, lambda: book_many(orders, by=SYSTEM), waited)
    assert lasts(stage, held.booking_id, 1)
    assert Booking.objects.get(pk=sold.booking_id).status == BookingStatus.CONFIRMED
    assert_reconciled()


def sell(stage: Stage) -> Callable[[], object]:
    return stage.sell


def hold(stage: Stage) -> Callable[[], object]:
    return stage.hold


def sell_many(stage: Stage) -> Callable[[], object]:
    def work() -> object:
        found: Sequence[Answer | RefusedError] = book_many(
            [stage.order(confirm=True)] * 2, by=SYSTEM
        )
        for one in found:
            if isinstance(one, RefusedError):
                raise one
        return found

    return work


def add(stage: Stage) -> Callable[[], object]:
    booking_id = stage.hold()
    return lambda: services.amend(booking_id, by=SYSTEM, changes=[LineChange(1, 3)])


@pytest.mark.parametrize("way", [sell, hold, sell_many, add])
def test_a_window_that_ends_during_the_wait_is_closed(
    way: Callable[[Stage], Callable[[], object]],
) -> None:
    stage = make_stage()
    job = way(stage)
    ends = database_now() + SECOND
    Listing.objects.update(sales_until=ends)
    before = stage.counters()
    with pytest.raises(OutsideSalesWindowError):
        behind_a_lock(stage, job, ends)
    assert stage.counters() == before
    assert_reconciled()


@pytest.mark.parametrize("step", ["confirm", "amend"])
def test_a_hold_that_ends_during_the_wait_is_over(step: str) -> None:
    stage = make_stage()
    booking_id = stage.hold([("Ticket", 2)], expires_in_seconds=2)
    ends = Booking.objects.get().expires_at
    assert ends is not None

    def work() -> Answer:
        if step == "confirm":
            return services.confirm(booking_id, by=SYSTEM)
        return services.amend(booking_id, by=SYSTEM, changes=[LineChange(1, 1)])

    with pytest.raises(HoldExpiredError):
        behind_a_lock(stage, work, ends)
    assert Booking.objects.get().status == BookingStatus.ON_HOLD
    assert stage.counters() == Counters(100, 2, 0, 0)
    assert_reconciled()
