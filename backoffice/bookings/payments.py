"""The dialogs that mark bookings as paid, and what a booking says about its payment."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from backoffice.kit.base import ReadOnlyInline
from backoffice.kit.bulk import at_once
from backoffice.kit.dialogs import Change, DialogForm, actor_of, dialog_action
from common.text import amounts as in_words
from common.text import local_time, money
from sales import payments
from sales.enums import BookingStatus
from sales.models import Booking, PaymentMark, total_of
from sales.selectors import SETTLE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OVERDUE, DUE, PAID = "overdue", "due", "paid"


def is_payable(booking: Booking) -> bool:
    return (
        booking.status == BookingStatus.CONFIRMED
        and booking.due_on is not None
        and booking.paid_at is None
    )


def payment_of(booking: Booking, now: datetime) -> tuple[str, str] | None:
    """Its state and that in words; ``None`` where nothing is, or ever was, to be paid later."""
    zone = booking.event.venue.zone
    if booking.paid_at is not None:
        return PAID, _t("Paid %s") % date_format(booking.paid_at.astimezone(zone), "j M Y")
    if booking.due_on is None or not is_payable(booking):
        return None
    days = (now.astimezone(zone).date() - booking.due_on).days
    if days > 0:
        return OVERDUE, ngettext("%d day overdue", "%d days overdue", days) % days
    return DUE, _t("Due %s") % date_format(booking.due_on, "j M Y")


class PaidForm(DialogForm):
    """Of a booking that is to be marked as paid."""

    def summary(self) -> list[tuple["StrOrPromise", object]]:
        booking: Booking = self.subject
        return [
            (_("Channel"), booking.channel),
            (_("Reference"), booking.reference or "–"),
            (_("Payment due"), date_format(booking.due_on, "j M Y") if booking.due_on else "–"),
        ]

    def changes(self) -> Sequence[Change]:
        booking: Booking = self.subject
        total = total_of(booking.lines.all())
        before = payment_of(booking, timezone.now())
        return [
            Change(_("Payment"), before[1] if before else "–", _("Paid")),
            Change(
                _("To be paid"),
                money(total, booking.currency),
                money(0, booking.currency),
            ),
        ]


class UnpaidForm(PaidForm):
    """Of a booking whose mark was wrong."""

    def changes(self) -> Sequence[Change]:
        booking: Booking = self.subject
        before = payment_of(booking, timezone.now())
        paid_at, booking.paid_at = booking.paid_at, None
        after = payment_of(booking, timezone.now())
        booking.paid_at = paid_at
        return [
            Change(_("Payment"), before[1] if before else "–", after[1] if after else _("Not paid"))
        ]


class PaymentActions:
    """Of the admin class of bookings."""

    @dialog_action(
        _("Mark as paid"),
        form=PaidForm,
        permission=SETTLE,
        submit=_("Mark as paid"),
        icon="price_check",
        shown=is_payable,
    )
    def mark_paid(self, request: HttpRequest, booking: Booking, form: Any) -> str:
        return pay(request, [booking], form.cleaned_data["reason"])

    @dialog_action(
        _("Mark as unpaid"),
        form=UnpaidForm,
        permission=SETTLE,
        submit=_("Mark as unpaid"),
        icon="money_off",
        danger=True,
        shown=lambda booking: booking.paid_at is not None,
    )
    def mark_unpaid(self, request: HttpRequest, booking: Booking, form: Any) -> str:
        payments.mark_unpaid(
            booking_ids=[booking.pk],
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return _t("The booking is not marked as paid any more.")


def pay(request: HttpRequest, bookings: Sequence[Booking], reason: str) -> str:
    amounts = payments.mark_paid(
        booking_ids=[booking.pk for booking in bookings],
        by=actor_of(request),
        reason=reason,
        now=timezone.now(),
    )
    text = ngettext(
        "%(count)d booking was marked as paid: %(money)s.",
        "%(count)d bookings were marked as paid: %(money)s.",
        len(bookings),
    )
    return text % {"count": len(bookings), "money": in_words(amounts)}


def _comes_to(bookings: Sequence[Booking]) -> list[tuple["StrOrPromise", object]]:
    """Expects them with their lines."""
    amounts: dict[str, Decimal] = {}
    for booking in bookings:
        total = total_of(booking.lines.all())
        amounts[booking.currency] = amounts.get(booking.currency, Decimal(0)) + total
    return [
        (_("Bookings"), len(bookings)),
        *((_("Total"), money(total, currency)) for currency, total in sorted(amounts.items())),
    ]


mark_paid_selected = at_once(
    PaymentActions.mark_paid,
    _("Mark as paid"),
    work=lambda request, rows, form: pay(request, rows, form.cleaned_data["reason"]),
    summary=_comes_to,
)


class PaymentInline(ReadOnlyInline):
    """Who said when and why that the booking was paid."""

    model = PaymentMark
    tab = False
    verbose_name_plural = _("Payment")
    related = ("booking__event__venue", "user")
    fields = ("marked", "when", "amount", "who", "reason")
    readonly_fields = fields

    @display(description=_("mark"))
    def marked(self, mark: PaymentMark) -> str:
        return str(mark)

    @display(description=_("when"))
    def when(self, mark: PaymentMark) -> str:
        return local_time(mark.at, mark.booking.event.venue.zone)

    @display(description=_("who"))
    def who(self, mark: PaymentMark) -> str:
        return str(mark.user or _t("System"))
