"""What was paid for a booking at a counter, or handed out of a guest list, as the back office says it."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from accounts.models import User
from boxoffice.guests.printing import hand_outs_of
from boxoffice.models import Payment
from common.text import money
from sales.models import Booking, HandOut


def is_paid_at_counter(booking: Booking) -> bool:
    return Payment.objects.filter(booking=booking).exists()


def payments_of(booking: Booking) -> SafeString | str:
    """A line for each payment, with its receipt where there is one."""
    payments = Payment.objects.filter(booking=booking).order_by("pk")
    rows = []
    for payment in payments:
        text = f"{payment.get_kind_display()} {money(payment.amount, booking.currency)}"
        rows.append((f"{text} · {payment.receipt}" if payment.receipt else text,))
    return format_html_join("\n", "<div>{}</div>", rows) or "–"


def tickets_handed_out(booking: Booking, reader: User | None) -> SafeString | str:
    """Whose guest list, and for who hands out from it the page that prints the tickets again."""
    row = HandOut.objects.filter(booking=booking).select_related("line__block").first()
    if row is None:
        return "–"
    block = row.line.block
    may_print = reader is not None and hand_outs_of(reader).filter(pk=row.pk).exists()
    if row.undone_at is not None or not may_print:
        return block.name
    url = reverse("boxoffice:guest-tickets", args=(block.event_id, row.pk))
    return format_html(
        '{} · <a class="finlo-link" href="{}" target="_blank" rel="noopener">{}</a>',
        block.name,
        url,
        _t("Print tickets"),
    )


def is_handed_out(booking: Booking) -> bool:
    return HandOut.objects.filter(booking=booking).exists()


def refund_warning() -> str:
    return _t("At a counter: no till pays this refund. Its counter can refund it out of a till.")
