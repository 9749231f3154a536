"""The dialogs that end a conflict: each is one act with a reason, and says before what it changes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.kit.dialogs import Done, actor_of, dialog_action, only_if
from backoffice.kit.rows import movements_of_booking
from backoffice.late_sales.booking_forms import BookForm, OtherItemsForm, RaiseForm, SettleForm
from backoffice.late_sales.moving_form import MoveForm
from common.addresses import change_url
from events.enums import EventStatus
from offline import resolving
from offline.enums import ConflictStatus, ReportKind, Resolution
from offline.models import Conflict
from sales.models import Booking
from transfers.models import Transfer
from transfers.selectors import REQUEST

RESOLVE = "offline.resolve_conflict"
RESIZE = "allocations.resize_stock"


def is_open(conflict: Conflict) -> bool:
    return conflict.status == ConflictStatus.OPEN


def is_bookable(conflict: Conflict) -> bool:
    """Whether it says what was sold, of an event that takes place."""
    return (
        is_open(conflict)
        and bool(conflict.lines.all())
        and conflict.event is not None
        and conflict.event.status != EventStatus.CANCELLED
    )


def is_movable(conflict: Conflict) -> bool:
    """Whether units may be moved for it, and none wait for an approval already."""
    return is_bookable(conflict) and not conflict.transfers.all()


def is_sale(conflict: Conflict) -> bool:
    """Whether other items may be booked for it: it may be a sale that cannot be read."""
    is_off = conflict.event is not None and conflict.event.status == EventStatus.CANCELLED
    return is_open(conflict) and conflict.report.kind == ReportKind.SALE and not is_off


def resolves(request: HttpRequest, _conflict: Conflict) -> bool:
    return request.user.has_perm(RESOLVE)


class ResolvingActions:
    """Of the admin class of conflicts. Each service opens its own transaction."""

    @dialog_action(
        _("Book it"),
        form=BookForm,
        permission=RESOLVE,
        submit=_("Book"),
        icon="check",
        shown=is_bookable,
    )
    def book(self, request: HttpRequest, conflict: Conflict, form: Any) -> Done:
        booking = resolving.book(
            conflict.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _booked(booking)

    @only_if(resolves)
    @dialog_action(
        _("Take units of others"),
        form=MoveForm,
        permission=REQUEST,
        submit=_("Move and book"),
        icon="swap_horiz",
        shown=is_movable,
    )
    def move_and_book(self, request: HttpRequest, conflict: Conflict, form: Any) -> Done:
        outcome = resolving.move_and_book(
            conflict.pk,
            form.sources(),
            by=form.by,
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _booked(outcome) if isinstance(outcome, Booking) else _waits(outcome)

    @only_if(resolves)
    @dialog_action(
        _("Raise the capacity"),
        form=RaiseForm,
        permission=RESIZE,
        submit=_("Raise and book"),
        icon="add_circle",
        danger=True,
        shown=is_bookable,
    )
    def raise_and_book(self, request: HttpRequest, conflict: Conflict, form: Any) -> Done:
        booking = resolving.raise_and_book(
            conflict.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _booked(booking)

    @dialog_action(
        _("Book other items"),
        form=OtherItemsForm,
        permission=RESOLVE,
        submit=_("Book these"),
        icon="confirmation_number",
        shown=is_sale,
    )
    def book_other(self, request: HttpRequest, conflict: Conflict, form: Any) -> Done:
        booking = resolving.book_other(
            conflict.pk,
            form.lines(),
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _booked(booking)

    @dialog_action(
        _("Refund or settle"),
        form=SettleForm,
        permission=RESOLVE,
        submit=_("Settle"),
        icon="handshake",
        shown=is_open,
    )
    def settle(self, request: HttpRequest, conflict: Conflict, form: Any) -> str:
        resolution = Resolution(form.cleaned_data["resolution"])
        resolving.settle(
            conflict.pk,
            resolution,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            as_shown=form.as_shown,
        )
        return _t("The conflict is settled: %s.") % str(resolution.label).lower()


def _booked(booking: Booking) -> Done:
    links = (
        (_t("See the booking"), change_url(booking)),
        (_t("See the movements"), movements_of_booking(booking.pk)),
    )
    return Done(_t("It is booked, as %s.") % booking, links)


def _waits(transfers: Sequence[Transfer]) -> Done:
    links = [(_t("See the transfer"), change_url(transfer)) for transfer in transfers]
    return Done(
        _t("The units have to be approved first. When they are, the sale is booked by itself."),
        links,
    )
