"""Ten clerks at once, one clerk in ten tabs, and a till that is closed while it sells."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest

from accounts.models import User
from allocations import ledger
from boxoffice.counter import services
from boxoffice.counter.payments import Tender
from boxoffice.counter.selectors import expected_cash
from boxoffice.counter.sync import PaidSale, sync_counter
from boxoffice.enums import PaymentKind
from boxoffice.errors import NoOpenTillError, TillOpenError
from boxoffice.models import Payment, Shift
from common.actor import SYSTEM
from common.spoken_number import spoken
from idempotency.answers import Answer, Repeat
from sales import services as sales
from sales.errors import InvalidStateError, SoldOutError
from sales.models import Block, Booking
from sales.orders import OrderLine
from tests.boxoffice.counter.desks import assert_paid_whole, make_desk, make_person
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.factories import Stage, id_of
from tests.offline.selling import take_lease
from tests.proofs import assert_reconciled

CASH = Tender(PaymentKind.CASH)


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    return make_desk()


def open_till(stage: Stage, clerk: User) -> Shift:
    counter = stage.channels["desk"]
    services.open_shift(counter, clerk=clerk, terminal="Window", opening_float=Decimal(50))
    return Shift.objects.get(opened_by=clerk, closed_at=None)


def sell(stage: Stage, clerk: User, tickets: int = 1, repeat: Repeat | None = None) -> Answer:
    order = stage.order((("Ticket", tickets),), channel="desk")
    return services.sell_at_once(order, CASH, clerk=clerk, repeat=repeat)


def numbers_of(shift: Shift) -> list[int | None]:
    payments = Payment.objects.filter(shift=shift).order_by("number")
    return list(payments.values_list("number", flat=True))


def test_ten_clerks_sell_the_last_tickets_at_once(stage: Stage) -> None:
    clerks = [make_person(stage) for _ in range(10)]
    shifts = [open_till(stage, clerk) for clerk in clerks]
    outcomes = race([partial(sell, stage, clerk, 4) for clerk in clerks * 3])
    assert errors_of(outcomes, SoldOutError) == []
    assert sum(1 for outcome in outcomes if outcome.error is None) == 25
    assert stage.counters(channel="desk").sold == 100
    for shift in shifts:
        count = len(numbers_of(shift))
        assert numbers_of(shift) == list(range(1, count + 1))
    assert sum(expected_cash(shift).expected for shift in shifts) == 10 * 50 + 25 * 40
    assert_paid_whole()
    assert_reconciled()


def test_one_clerk_in_many_tabs_has_receipts_without_a_gap(stage: Stage) -> None:
    clerk = make_person(stage)
    shift = open_till(stage, clerk)
    assert errors_of(race([partial(sell, stage, clerk)] * 10)) == []
    assert numbers_of(shift) == list(range(1, 11))


def test_the_same_request_ten_times_at_once_is_one_sale(stage: Stage) -> None:
    clerk = make_person(stage)
    shift = open_till(stage, clerk)
    repeat = Repeat.of(f"user:{clerk.pk}", "key", b"sale")
    outcomes = race([partial(sell, stage, clerk, 1, repeat)] * 10)
    assert errors_of(outcomes) == []
    assert len({outcome.value.body for outcome in outcomes if outcome.value}) == 1
    assert numbers_of(shift) == [1]
    assert stage.counters(channel="desk").sold == 1


def sync_once(stage: Stage, clerk: User, lease: Block, key: str) -> Answer:
    item = stage.items["Ticket"].pk
    sales = [
        PaidSale(
            f"sale-{number}",
            {"client_id": f"sale-{number}"},
            lines=[OrderLine(item, 1, Decimal(10))],
            tender=CASH,
            receipt=f"{spoken(lease.pk)}-{number}",
        )
        for number in range(1, 6)
    ]
    repeat = Repeat.of(f"user:{clerk.pk}", key, b"sync")
    counter = stage.channels["desk"]
    return sync_counter(counter, sales, clerk=clerk, lease=lease.uuid, repeat=repeat)


def test_the_same_sales_in_ten_syncs_at_once_are_paid_once(stage: Stage) -> None:
    clerk = make_person(stage)
    shift = open_till(stage, clerk)
    lease = take_lease(stage, (("Ticket", 5),), channel="desk")
    # Two tabs of one terminal, and repetitions of each call.
    jobs = [partial(sync_once, stage, clerk, lease, f"key-{n % 5}") for n in range(10)]
    assert errors_of(race(jobs)) == []
    receipts = Payment.objects.order_by("pk").values_list("receipt", flat=True)
    assert list(receipts) == [f"{spoken(lease.pk)}-{number}" for number in range(1, 6)]
    assert expected_cash(shift).expected == 100
    assert stage.counters(channel="desk").sold == 5
    assert_paid_whole()
    assert_reconciled()


def test_ten_openings_at_once_are_one_till(stage: Stage) -> None:
    clerk = make_person(stage)
    outcomes = race([partial(open_till, stage, clerk)] * 10)
    assert errors_of(outcomes, TillOpenError) == []
    assert Shift.objects.filter(opened_by=clerk).count() == 1


def close(shift: Shift, clerk: User) -> Answer:
    return services.close_shift(shift.pk, clerk=clerk, counted=Decimal(50))


@pytest.mark.parametrize("first", ["sale", "closing"])
def test_a_till_is_closed_before_a_sale_or_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    clerk = make_person(stage)
    shift = open_till(stage, clerk)
    begun = Event()
    jobs: dict[str, Callable[[], Answer]] = {
        "sale": partial(sell, stage, clerk),
        "closing": partial(close, shift, clerk),
    }

    def stay(call: Callable[..., Any]) -> Callable[..., Any]:
        """What the first of the two does last; the other one waits for its locks by then."""

        def wait(*args: Any, **terms: Any) -> Any:
            result = call(*args, **terms)
            if not begun.is_set():
                begun.set()
                wait_until(lambda: waiting_for_locks() > 0)
            return result

        return wait

    if first == "sale":
        monkeypatch.setattr(ledger, "post_one", stay(ledger.post_one))
    else:
        monkeypatch.setattr("boxoffice.counter.shifts.store", stay(lambda *_: None))

    def follow() -> Answer:
        await_event(begun)
        return jobs["closing" if first == "sale" else "sale"]()

    leading, following = race([jobs[first], follow])
    assert leading.error is None
    if first == "sale":
        assert following.error is None
        assert following.value is not None
        assert following.value.data["expected"] == "60.00"  # the sale is counted
    else:
        assert isinstance(following.error, NoOpenTillError)
        assert Payment.objects.count() == 0
    assert_reconciled()


def test_a_refund_elsewhere_and_at_the_same_moment_leaves_what_was_paid_right(stage: Stage) -> None:
    clerk = make_person(stage)
    open_till(stage, clerk)
    bookings = [id_of(sell(stage, clerk, 2)) for _ in range(6)]
    jobs: list[Callable[[], Answer]] = [
        partial(sales.cancel, booking, by=SYSTEM, reason="ill", lines=lines)
        for booking in bookings
        for lines in ({1: 1}, None)
    ]
    assert errors_of(race(jobs), InvalidStateError) == []
    assert Booking.objects.filter(status="CANCELLED").count() == 6
    assert_paid_whole()
    outside = Payment.objects.filter(kind=PaymentKind.OUTSIDE)
    assert sum(payment.amount for payment in outside) == -120


def test_without_the_database_noting_it_the_sum_is_wrong(stage: Stage) -> None:
    """The control: what is noted elsewhere is noted by nothing else."""
    clerk = make_person(stage)
    open_till(stage, clerk)
    booking = id_of(sell(stage, clerk, 2))
    with changed_function("boxoffice_settle_outside", "paid <> worth", "false"):
        sales.cancel(booking, by=SYSTEM, reason="ill")
    with pytest.raises(AssertionError):
        assert_paid_whole()


def test_without_the_lock_of_the_till_two_sales_take_one_number(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the lock alone numbers receipts; behind it the database refuses."""
    clerk = make_person(stage)
    open_till(stage, clerk)
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **_: self)
    outcomes = race([partial(sell, stage, clerk)] * 10)
    assert any(outcome.error is not None for outcome in outcomes)
