"""What was paid for a booking at a counter, as the back office says it."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from boxoffice.models import Payment
from common.text import money
from sales.models import Booking


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


def refund_warning() -> str:
    return _t("At a counter: no till pays this refund. Its counter can refund it out of a till.")
