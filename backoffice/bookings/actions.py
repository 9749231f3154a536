"""The dialogs that refund a booking, and release or extend its hold."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.bookings.at_counter import is_paid_at_counter, refund_warning
from backoffice.kit.dialogs import Change, DialogForm, Done, actor_of, dialog_action, only_if
from backoffice.kit.form_fields import WholeNumber
from backoffice.kit.rows import movements_of_booking
from common.errors import InvalidInputError
from common.text import local_time, money, number
from sales import services, terms
from sales.enums import BookingStatus
from sales.models import Booking, total_of
from sales.selectors import REFUND, SELL
from sales.sellers import refunds_through, sells_through

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class BookingDialog(DialogForm):
    def summary(self) -> list[tuple["StrOrPromise", object]]:
        booking: Booking = self.subject
        lines = booking.lines.select_related("item")
        return [
            (_("Channel"), booking.channel),
            (_("Status"), booking.get_status_display()),
            *((line.item.name, line.kept) for line in lines),
        ]


class ReleaseForm(BookingDialog):
    """A hold is released whole."""

    partners_read = True

    def changes(self) -> Sequence[Change]:
        tickets = sum(line.kept for line in self.subject.lines.all())
        return [
            Change(_("Status"), _label(self.subject.status), _label(BookingStatus.CANCELLED)),
            Change(_("Tickets on hold"), tickets, 0),
        ]


class ConfirmForm(BookingDialog):
    """What is held is sold: through the same channel, at the prices of the hold."""

    def prepare(self) -> None:
        del self.fields["reason"]  # a sale explains itself

    def changes(self) -> Sequence[Change]:
        lines = list(self.subject.lines.all())
        total = sum(line.total for line in lines)
        return [
            Change(_("Status"), _label(self.subject.status), _label(BookingStatus.CONFIRMED)),
            Change(_("Tickets sold"), 0, sum(line.kept for line in lines)),
            Change(_("To be paid"), money(total, self.subject.currency)),
        ]


class RefundForm(BookingDialog):
    """Asks for each line how many tickets are given back; first all of them."""

    partners_read = True

    def prepare(self) -> None:
        reason = self.fields.pop("reason")
        for line in self.subject.lines.select_related("item"):
            if line.kept:
                field = WholeNumber(
                    _t("Refund of %(item)s") % {"item": line.item.name},
                    initial=line.kept,
                    help_text=_t("0 to %s tickets") % number(line.kept),
                )
                self.fields[f"line_{line.number}"] = field
        self.fields["reason"] = reason
        self.rests_on = [name for name in self.fields if name.startswith("line_")]

    def wanted(self) -> dict[int, int]:
        """Line number → tickets."""
        return {
            int(name.removeprefix("line_")): tickets
            for name, tickets in self.cleaned_data.items()
            if name.startswith("line_") and tickets
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.wanted():
            self.add_error(None, _t("Say how many tickets are refunded."))
        return data

    def changes(self) -> Sequence[Change]:
        quantities = self.wanted()
        lines = list(self.subject.lines.select_related("item"))
        excess_lines = [line for line in lines if quantities.get(line.number, 0) > line.kept]
        if excess_lines:
            line = excess_lines[0]
            raise InvalidInputError(
                f"{quantities[line.number]} of {line.item.name} are to be refunded, {line.kept} are left."
            )
        remainder = sum(line.kept for line in lines) - sum(quantities.values())
        amount = sum(line.unit_price * quantities.get(line.number, 0) for line in lines)
        total, currency = total_of(lines), self.subject.currency
        status = _label(BookingStatus.CONFIRMED if remainder else BookingStatus.CANCELLED)
        return [
            Change(_("Tickets"), sum(line.kept for line in lines), remainder),
            Change(_("Total"), money(total, currency), money(total - amount, currency)),
            Change(_("To be given back by whoever took it"), money(amount, currency)),
            Change(_("Status"), _label(BookingStatus.CONFIRMED), status),
            *([Change(_("Paid"), refund_warning())] if is_paid_at_counter(self.subject) else ()),
        ]


class ExtendForm(BookingDialog):
    minutes = WholeNumber(
        _("Minutes from now"), minimum=1, help_text=_("No longer than the channel's longest hold.")
    )

    def prepare(self) -> None:
        del self.fields["reason"]  # an extension changes no number
        seconds = self.subject.channel.default_hold_seconds
        self.fields["minutes"].initial = max(1, seconds // 60)

    def changes(self) -> Sequence[Change]:
        booking: Booking = self.subject
        now, zone = timezone.now(), booking.event.venue.zone
        ends = terms.extended_until(
            booking, booking.channel, self.cleaned_data["minutes"] * 60, now
        )
        return [Change(_("Expires"), local_time(booking.expires_at, zone), local_time(ends, zone))]


def _label(status: str) -> str:
    return str(BookingStatus(status).label)


def sells_it(request: HttpRequest, booking: Booking) -> bool:
    """Whether the booking is of a channel through which the person sells."""
    return sells_through(actor_of(request), booking.channel_id)


def refunds_it(request: HttpRequest, booking: Booking) -> bool:
    return refunds_through(actor_of(request), booking.channel_id)


class BookingActions:
    """Of the admin class of bookings. Each service opens its own transaction."""

    @only_if(refunds_it)
    @dialog_action(
        _("Refund"),
        form=RefundForm,
        permission=REFUND,
        submit=_("Refund"),
        icon="undo",
        danger=True,
        shown=lambda booking: booking.status == BookingStatus.CONFIRMED,
    )
    def refund(self, request: HttpRequest, booking: Booking, form: Any) -> Done:
        quantities: dict[int, int] = form.wanted()
        services.cancel(
            booking.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            lines=quantities,
            expected=BookingStatus.CONFIRMED,
            as_shown=form.as_shown,
        )
        tickets = sum(quantities.values())
        text = ngettext("%s ticket was refunded.", "%s tickets were refunded.", tickets)
        return Done(
            text % number(tickets), ((_t("See the movements"), movements_of_booking(booking.pk)),)
        )

    @only_if(sells_it)
    @dialog_action(
        _("Sell what is held"),
        form=ConfirmForm,
        permission=SELL,
        submit=_("Sell"),
        icon="check",
        shown=lambda booking: booking.status == BookingStatus.ON_HOLD,
    )
    def confirm(self, request: HttpRequest, booking: Booking, form: Any) -> Done:
        services.confirm(booking.pk, by=actor_of(request))
        links = ((_t("See the movements"), movements_of_booking(booking.pk)),)
        return Done(_t("The tickets of the hold are sold."), links)

    @only_if(sells_it)
    @dialog_action(
        _("Release hold"),
        form=ReleaseForm,
        permission=SELL,
        submit=_("Release"),
        icon="lock_open",
        danger=True,
        shown=lambda booking: booking.status == BookingStatus.ON_HOLD,
    )
    def release(self, request: HttpRequest, booking: Booking, form: Any) -> Done:
        # A hold that was confirmed meanwhile must not be refunded by who may only release.
        services.cancel(
            booking.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            expected=BookingStatus.ON_HOLD,
        )
        links = ((_t("See the movements"), movements_of_booking(booking.pk)),)
        return Done(_t("The hold was released."), links)

    @only_if(sells_it)
    @dialog_action(
        _("Extend hold"),
        form=ExtendForm,
        permission=SELL,
        submit=_("Extend"),
        icon="more_time",
        shown=lambda booking: booking.status == BookingStatus.ON_HOLD,
    )
    def extend(self, request: HttpRequest, booking: Booking, form: Any) -> str:
        minutes: int = form.cleaned_data["minutes"]
        services.extend(booking.pk, by=actor_of(request), seconds=minutes * 60)
        text = ngettext("The hold ends in %d minute.", "The hold ends in %d minutes.", minutes)
        return text % minutes
