"""The receipt of a payment, and the tickets of its booking: read for the page that prints them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import segno
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from accounts.selectors import within_venues
from boxoffice.counter.selectors import counters_of
from boxoffice.enums import PaymentStep
from boxoffice.models import Payment, ReceiptPrinting
from common.errors import NotFoundError
from common.text import amount, minute, money
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, total_of

SEE_PAYMENTS = "boxoffice.view_payment"
# More are not printed from one page: a browser would be busy for long.
MAX_TICKETS = 500


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
    if user.has_perm("boxoffice.oversee_shift"):
        seen |= within_venues(user, "booking__channel__venue")
    return Payment.objects.filter(seen).select_related(
        "booking__event__venue", "booking__channel", "shift", "user"
    )


def find_payment(user: User, payment_id: int) -> Payment:
    """Raises ``NotFoundError`` for one that the person does not see, as for one that is not."""
    payment = payments_seen(user).filter(pk=payment_id).exclude(receipt="").first()
    if payment is None:
        raise NotFoundError("There is no such receipt.", field="payment")
    return payment


def note_printing(payment_id: int, *, clerk: User) -> ReceiptPrinting:
    """Raises ``NotFoundError``."""
    payment = find_payment(clerk, payment_id)
    return ReceiptPrinting.objects.create(payment=payment, user=clerk)


def receipt_context(payment: Payment) -> dict[str, Any]:
    """What the page says: of the booking as it is now, and of the payment as it was."""
    booking: Booking = payment.booking
    lines = list(booking.lines.select_related("item").order_by("number"))
    event, zone = booking.event, booking.event.venue.zone
    local = event.starts_at.astimezone(zone)
    first = payment.printings.first()
    tickets = list(_tickets(payment, booking, lines))
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
        "tickets": tickets[:MAX_TICKETS],
        "more_tickets": max(len(tickets) - MAX_TICKETS, 0),
        "qr": qr_of(str(booking)),
        "first_printed": minute(first.at, zone) if first else "",
    }


def _tickets(payment: Payment, booking: Booking, lines: list[BookingLine]) -> Iterator[Ticket]:
    """Those that the booking has now; a refund prints none."""
    if payment.step == PaymentStep.REFUND or booking.status != BookingStatus.CONFIRMED:
        return
    count, number = sum(line.kept for line in lines), 0
    for line in lines:
        for _ in range(line.kept):
            number += 1
            yield Ticket(line.item.name, number, count)


def qr_of(text: str) -> SafeString:
    """The text as a QR code, an SVG that is as large as the style sheet says. It can be read with a torn corner."""
    code = segno.make(text, error="q", micro=False, boost_error=False)
    drawing = code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None, light="#fff")
    return mark_safe(drawing)  # noqa: S308 - drawn here, of a number of ours
