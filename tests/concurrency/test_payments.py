"""A booking is marked as paid while somebody refunds it: one of the two comes first, whole."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import ledger
from common.actor import SYSTEM
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import InvalidStateError
from sales.models import Booking, PaymentMark
from sales.payments import mark_paid
from tests.concurrency.race import await_event, errors_of, race, wait_until, waiting_for_locks
from tests.factories import Stage, id_of, make_stage
from tests.proofs import assert_reconciled

# What is refunded of five tickets at 10 each, and what is then left to pay; whole, nothing is.
WHOLE, PART = None, {1: 2}


@pytest.fixture
def stage() -> Stage:
    made = make_stage(channels=("agent",), give={("GA", "agent"): 100})
    made.channels["agent"].settlement_days = 30
    made.channels["agent"].save()
    return made


def pay(booking: int) -> None:
    mark_paid(booking_ids=[booking], by=SYSTEM, reason="Transfer of May", now=timezone.now())


def refund(booking: int, lines: dict[int, int] | None) -> None:
    sales.cancel(booking, by=SYSTEM, reason="ill", lines=lines)


def seen(booking: int) -> tuple[str, bool, list[Decimal]]:
    """Its status, whether it is paid, and what the marks say that was paid."""
    found = Booking.objects.get(pk=booking)
    marks = PaymentMark.objects.filter(booking=booking)
    return found.status, found.paid_at is not None, [mark.amount for mark in marks]


def outcomes(lines: dict[int, int] | None) -> tuple[object, object]:
    """What may be seen: when it was marked first, and when it was refunded first."""
    full, rest = Decimal("50.00"), Decimal("30.00")
    if lines is WHOLE:
        return (BookingStatus.CANCELLED, True, [full]), (BookingStatus.CANCELLED, False, [])
    return (BookingStatus.CONFIRMED, True, [full]), (BookingStatus.CONFIRMED, True, [rest])


@pytest.mark.parametrize("lines", [WHOLE, PART])
@pytest.mark.parametrize("first", ["mark", "refund"])
def test_the_second_one_waits_and_sees_what_the_first_has_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, first: str, lines: dict[int, int] | None
) -> None:
    booking = id_of(stage.sell([("Ticket", 5)], channel="agent"))
    jobs = {"mark": partial(pay, booking), "refund": partial(refund, booking, lines)}
    second = jobs["refund" if first == "mark" else "mark"]
    begun = Event()

    def lead() -> None:
        """All is written; the commit waits until the other one waits for it."""
        stay = partial(wait_until, lambda: waiting_for_locks() > 0)
        if first == "mark":
            with transaction.atomic():
                jobs[first]()
                begun.set()
                stay()
        else:
            post_one = ledger.post_one

            def post(group: ledger.Group, **terms: Any) -> ledger.Posting:
                posting = post_one(group, **terms)
                begun.set()
                stay()
                return posting

            monkeypatch.setattr(ledger, "post_one", post)
            jobs[first]()

    def follow() -> None:
        await_event(begun)
        second()

    leading, following = race([lead, follow])
    assert leading.error is None
    if first == "refund" and lines is WHOLE:
        assert isinstance(following.error, InvalidStateError)
    else:
        assert following.error is None
    assert seen(booking) == outcomes(lines)[first == "refund"]
    assert_reconciled()


@pytest.mark.parametrize("lines", [WHOLE, PART])
def test_from_the_same_moment_it_is_one_or_the_other(
    stage: Stage, lines: dict[int, int] | None
) -> None:
    bookings = [id_of(stage.sell([("Ticket", 5)], channel="agent")) for _ in range(8)]
    jobs: list[Callable[[], None]] = []
    for booking in bookings:
        jobs += [partial(pay, booking), partial(refund, booking, lines)]
    found = race(jobs)
    # A refund is never refused; a mark only where nothing is left to be paid.
    assert errors_of(found[1::2]) == []
    assert errors_of(found[0::2], *((InvalidStateError,) if lines is WHOLE else ())) == []
    for booking, mark in zip(bookings, found[0::2], strict=True):
        marked_first, refunded_first = outcomes(lines)
        is_refused = mark.error is not None
        assert seen(booking) in ([refunded_first] if is_refused else [marked_first, refunded_first])
        assert bool(seen(booking)[2]) is not is_refused
    assert_reconciled()
