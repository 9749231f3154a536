"""The receipt of a payment, and the tickets of its booking: read for the page that prints them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import segno
from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from accounts.models import User
from accounts.selectors import within_venues
from boxoffice.counter.selectors import sees_all_tills
from boxoffice.enums import PaymentStep
from boxoffice.models import Payment, ReceiptPrinting
from boxoffice.selectors import counters_of
from common.errors import NotFoundError
from common.text import amount, minute, money
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, total_of

SEE_PAYMENTS = "boxoffice.view_payment"
# More are not printed from one page: a browser would be busy for long.
MAX_TICKETS = 500
# White squares around a QR code: a reader needs four.
QUIET = 4


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket of a line, the ``number``-th of so many of the booking."""

    item: str
    number: int
    count: int


def payments_seen(user: User) -> QuerySet[Payment]:
    """Of the counters at which the person sells; who sees payments otherwise, of the venues given to him or her."""
    if not user.has_perm(SEE_PAYMENTS):
        return Payment.objects.none()
    counters = counters_of(user).order_by().values("pk")
    seen = Q(booking__channel__in=counters)
    if sees_all_tills(user):
        seen |= within_venues(user, "booking__channel__venue")
    return Payment.objects.filter(seen).select_related(
        "booking__event__venue", "booking__channel", "shift", "user"
    )


def find_payment(user: User, payment_id: int) -> Payment:
    """Raises ``NotFoundError`` for one that the person does not see, as for one that is not."""
    payment = (
        payments_seen(user).filter(pk=payment_id).exclude(receipt="").exclude(booking=None).first()
    )
    if payment is None:
        raise NotFoundError("There is no such receipt.", field="payment")
    return payment


def note_printing(payment_id: int, *, clerk: User) -> ReceiptPrinting:
    """Raises ``NotFoundError``."""
    payment = find_payment(clerk, payment_id)
    return ReceiptPrinting.objects.create(payment=payment, user=clerk)


def receipt_context(payment: Payment) -> dict[str, Any]:
    """What the page says: of the booking as it is now, and of the payment as it was."""
    booking = payment.booking
    assert booking is not None  # noqa: S101 - find_payment finds no other
    lines = list(booking.lines.select_related("item").order_by("number"))
    event, zone = booking.event, booking.event.venue.zone
    local = event.starts_at.astimezone(zone)
    first = payment.printings.first()
    kept = [] if payment.step == PaymentStep.REFUND else lines  # a refund prints none
    currency, change = booking.currency, payment.change
    return {
        "payment": payment,
        "booking": booking,
        "event": event,
        "venue": event.venue,
        "starts": date_format(local, "D j M Y" if event.all_day else "D j M Y, H:i"),
        "taken": minute(payment.taken_at, zone),
        "lines": [
            {
                "count": line.kept,
                "item": line.item.name,
                "each": amount(line.unit_price, currency),
                "total": amount(line.total, currency),
            }
            for line in lines
            if line.kept
        ],
        "total": money(total_of(lines), currency),
        "paid": money(payment.amount, currency),
        "given_back": money(-payment.amount, currency),
        "tendered": "" if payment.tendered is None else amount(payment.tendered, currency),
        "change": "" if change is None else amount(change, currency),
        "first_printed": minute(first.at, zone) if first else "",
        **ticket_pages(booking, kept),
    }


def ticket_pages(booking: Booking, lines: list[BookingLine]) -> dict[str, Any]:
    """The tickets that the booking has now of ``lines``, as a page prints them."""
    tickets = list(_tickets(booking, lines))
    return {
        "tickets": tickets[:MAX_TICKETS],
        "more_tickets": max(len(tickets) - MAX_TICKETS, 0),
        "qr": qr_of(str(booking)),
    }


def _tickets(booking: Booking, lines: list[BookingLine]) -> Iterator[Ticket]:
    if booking.status != BookingStatus.CONFIRMED:
        return
    count, number = sum(line.kept for line in lines), 0
    for line in lines:
        for _ in range(line.kept):
            number += 1
            yield Ticket(line.item.name, number, count)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A drawing of ``size`` by ``size`` squares; ``path`` is of the dark ones, in SVG's words."""

    size: int
    path: str


def qr_of(text: str) -> QrCode:
    """The text as a QR code that can still be read with a corner torn off."""
    code = segno.make(text, error="q", micro=False, boost_error=False)
    rows = list(code.matrix)
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return QrCode(len(rows) + 2 * QUIET, path)
