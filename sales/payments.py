"""Bookings on account are marked as paid, and a mark that was wrong is taken back.

The money itself moves elsewhere; here stands who said so, when, and why (``PaymentMark``).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from common.actor import Actor
from common.errors import NotFoundError
from sales.enums import BookingStatus
from sales.errors import InvalidStateError
from sales.models import Booking, BookingLine, PaymentMark, total_of

# Why a booking cannot be marked; empty where it can.
Objection = Callable[[Booking], str]


def mark_paid(
    *, booking_ids: Sequence[int], by: Actor, reason: str, now: datetime
) -> dict[str, Decimal]:
    """Mark confirmed bookings that are due as paid: all of them or none; what they cost, by currency.

    Raises ``InvalidStateError`` naming each that has no due date, is not confirmed or is paid
    already, ``NotFoundError`` when one does not exist.
    """
    return _mark(booking_ids, by, reason, now, paid=True, objection=_not_payable)


def mark_unpaid(
    *, booking_ids: Sequence[int], by: Actor, reason: str, now: datetime
) -> dict[str, Decimal]:
    """Take the mark back; what those bookings cost, by currency.

    Raises ``InvalidStateError`` naming each that is not marked, ``NotFoundError`` when one does
    not exist. A refunded booking may be concerned too: whether it was paid decides what is given
    back.
    """
    return _mark(booking_ids, by, reason, now, paid=False, objection=_not_paid)


def _not_payable(booking: Booking) -> str:
    if booking.status != BookingStatus.CONFIRMED:
        return f"is {str(BookingStatus(booking.status).label).lower()}"
    if booking.due_on is None:
        return "has no due date"
    return "is paid already" if booking.paid_at else ""


def _not_paid(booking: Booking) -> str:
    return "" if booking.paid_at else "is not marked as paid"


def _mark(
    booking_ids: Sequence[int],
    by: Actor,
    reason: str,
    now: datetime,
    *,
    paid: bool,
    objection: Objection,
) -> dict[str, Decimal]:
    pks = set(booking_ids)
    with transaction.atomic():
        locked = Booking.objects.select_for_update().filter(pk__in=pks)
        bookings = list(locked.order_by("pk"))
        if len(bookings) != len(pks):
            raise NotFoundError(
                f"{len(pks) - len(bookings)} of the {len(pks)} bookings do not exist.",
                field="bookings",
            )
        _refuse({booking: why for booking in bookings if (why := objection(booking))}, paid=paid)
        # Read under the locks: a refund changes lines under the lock of their booking.
        lines: dict[int, list[BookingLine]] = {booking.pk: [] for booking in bookings}
        for line in BookingLine.objects.filter(booking__in=pks):
            lines[line.booking_id].append(line)
        Booking.objects.filter(pk__in=pks).update(paid_at=now if paid else None, updated_at=now)
        marks = PaymentMark.objects.bulk_create(
            PaymentMark(
                booking=booking,
                at=now,
                is_paid=paid,
                amount=total_of(lines[booking.pk]),
                user_id=by.user_id,
                reason=reason[:300],
            )
            for booking in bookings
        )
    amounts: dict[str, Decimal] = {}
    for mark in marks:
        currency = mark.booking.currency
        amounts[currency] = amounts.get(currency, Decimal(0)) + mark.amount
    return amounts


def _refuse(objections: dict[Booking, str], *, paid: bool) -> None:
    if not objections:
        return
    reasons = {
        f"{booking} ({booking.reference})" if booking.reference else str(booking): why
        for booking, why in objections.items()
    }
    word = "paid" if paid else "unpaid"
    noun = "booking" if len(reasons) == 1 else "bookings"
    raise InvalidStateError(
        f"{len(reasons)} {noun} cannot be marked as {word}.",
        bookings=reasons,
    )
