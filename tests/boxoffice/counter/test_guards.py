"""What the database itself refuses of tills and payments."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from boxoffice.enums import PaymentKind, PaymentStep
from boxoffice.models import Payment, Shift
from sales.models import Booking
from tests.boxoffice.counter.desks import Desk
from tests.factories import Stage, id_of, make_stage
from tests.proofs import execute, violates

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(open_desk: Desk) -> Shift:
    return open_desk.shift


@pytest.fixture
def booking(house: Stage) -> Booking:
    return Booking.objects.get(pk=id_of(house.sell((("Ticket", 2),), channel="desk")))


def pay(shift: Shift, booking: Booking, **terms: Any) -> Payment:
    """The next receipt of a till, unless told otherwise."""
    Shift.objects.filter(pk=shift.pk, closed_at=None).update(receipts=F("receipts") + 1)
    shift.refresh_from_db()
    values: dict[str, Any] = {
        "booking": booking,
        "shift": shift,
        "number": shift.receipts,
        "receipt": f"T{shift}-{shift.receipts}",
        "step": PaymentStep.SALE,
        "kind": PaymentKind.CARD,
        "amount": Decimal(20),
    }
    if "booking_id" in terms:
        del values["booking"]
    return Payment.objects.create(**values | terms)


def close(shift: Shift) -> None:
    shift.closed_at = shift.opened_at + timedelta(hours=8)
    shift.closed_by, shift.counted = shift.opened_by, Decimal(50)
    shift.save()


def test_a_payment_is_never_rewritten(shift: Shift, booking: Booking) -> None:
    payment = pay(shift, booking)
    with violates("payment_append_only"):
        Payment.objects.filter(pk=payment.pk).update(amount=1)
    with violates("payment_append_only"):
        execute("DELETE FROM boxoffice_payment WHERE id = %s", payment.pk)


def test_a_closed_till_takes_no_payment(shift: Shift, booking: Booking) -> None:
    close(shift)
    with violates("shift_closed_takes_no_payment"):
        pay(shift, booking)


def test_only_what_was_sold_offline_comes_late(shift: Shift, booking: Booking) -> None:
    close(shift)
    with violates("payment_late_was_offline"):
        pay(shift, booking, is_late=True)


def test_numbers_have_no_gap_and_stand_once(shift: Shift, booking: Booking) -> None:
    pay(shift, booking)
    with violates("payment_numbers_have_no_gap"):
        pay(shift, booking, number=9)
    with violates("payment_receipt_once"):
        pay(shift, booking, receipt=f"T{shift}-1")
    with violates("payment_number_once_in_till"):
        Payment.objects.create(
            booking=booking,
            shift=shift,
            number=1,
            receipt="another",
            step=PaymentStep.SALE,
            kind=PaymentKind.CARD,
            amount=1,
        )


def test_a_payment_is_of_the_tills_own_counter(shift: Shift, house: Stage) -> None:
    website = make_stage(venue=house.event.venue, channels=("web",))
    booking = Booking.objects.get(pk=id_of(website.sell()))
    with violates("payment_fits_its_till"):
        pay(shift, booking)


@pytest.mark.parametrize(
    ("constraint", "terms"),
    [
        ("payment_has_a_till_unless_outside", {"kind": PaymentKind.OUTSIDE}),
        ("payment_has_a_till_unless_outside", {"receipt": ""}),
        ("payment_has_its_sale", {"booking_id": None}),
        ("payment_is_of_what_changed", {"amount": 19}),
        ("payment_amount_fits_step", {"amount": -1, "reason": "ill"}),
        ("payment_amount_fits_step", {"step": PaymentStep.REFUND, "reason": "ill"}),
        ("payment_tendered_in_cash", {"kind": PaymentKind.CASH}),
        ("payment_tendered_in_cash", {"kind": PaymentKind.CASH, "tendered": 19}),
        ("payment_tendered_in_cash", {"tendered": 20}),
        ("payment_says_why", {"kind": PaymentKind.COMPLIMENTARY}),
        ("payment_says_why", {"step": PaymentStep.REFUND, "amount": -1}),
    ],
)
def test_a_payment_is_whole(
    shift: Shift, booking: Booking, constraint: str, terms: dict[str, Any]
) -> None:
    with violates(constraint):
        pay(shift, booking, **terms)


def test_a_person_has_one_open_till_at_a_counter(shift: Shift) -> None:
    same = {"channel": shift.channel, "opened_by": shift.opened_by, "currency": "INR"}
    with violates("shift_open_once"):
        Shift.objects.create(**same, terminal="Window 2", opening_float=0)
    close(shift)
    Shift.objects.create(**same, terminal="Window 2", opening_float=0)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("shift_float_not_negative", {"opening_float": -1}),
        ("shift_closed_whole", {"counted": 5}),
    ],
)
def test_a_till_begins_lawfully(shift: Shift, constraint: str, values: dict[str, Any]) -> None:
    same: dict[str, Any] = {"terminal": "Window 2", "opening_float": 0}
    with violates(constraint):
        Shift.objects.bulk_create([Shift(channel=shift.channel, currency="INR", **same | values)])


def test_a_terminal_has_a_name(shift: Shift) -> None:
    with violates("shift_terminal_normalized"):
        execute("UPDATE boxoffice_shift SET terminal = ' Window' WHERE id = %s", shift.pk)


def test_a_till_keeps_what_it_began_with_and_what_was_counted(shift: Shift) -> None:
    row = Shift.objects.filter(pk=shift.pk)
    with violates("shift_stays"):
        row.delete()
    beginnings: list[dict[str, Any]] = [{"opening_float": 1}, {"currency": "EUR"}]
    for change in beginnings:
        with violates("shift_keeps_its_beginning"):
            row.update(**change)
    close(shift)
    ends: list[dict[str, Any]] = [
        {"counted": 51},
        {"closed_at": None},
        {"counted_pieces": {"10": 5}},
    ]
    for change in ends:
        with violates("shift_stays_closed"):
            row.update(**change)
    row.update(note="The drawer was left open.")
