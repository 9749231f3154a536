"""Bookings: shown, never edited. They are cancelled, refunded and extended by actions."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.scope import ScopedReadOnlyAdmin, local_time
from accounts.selectors import within_venues
from allocations.admin.rows import key_link, movements_of_booking
from allocations.models import SalesChannel
from common.admin import ReadOnlyInline
from common.admin_choices import VisibleFilter, VisibleSearchFilter
from common.admin_filters import MomentRangeFilter
from common.dialogs import Change, DialogForm, Done, actor_of, dialog_action, link_action
from common.errors import InvalidInputError
from common.form_fields import WholeNumber
from sales import services, terms
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine
from sales.selectors import REFUND, SELL, may_read_contact

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LineInline(ReadOnlyInline):
    model = BookingLine
    tab = False
    related = ("item",)
    fields = ("number", "item", "quantity", "refunded", "unit_price", "line_total")
    readonly_fields = fields

    @display(description=_("total"))
    def line_total(self, line: BookingLine) -> Any:
        return line.total


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

    def changes(self) -> Sequence[Change]:
        tickets = sum(line.kept for line in self.subject.lines.all())
        return [
            Change(_("Status"), _label(self.subject.status), _label(BookingStatus.CANCELLED)),
            Change(_("Tickets on hold"), tickets, 0),
        ]


class RefundForm(BookingDialog):
    """Asks for each line how many tickets are given back; first all of them."""

    def prepare(self) -> None:
        reason = self.fields.pop("reason")
        for line in self.subject.lines.select_related("item"):
            if line.kept:
                field = WholeNumber(
                    _t("Refund of %(item)s") % {"item": line.item.name},
                    initial=line.kept,
                    help_text=_t("0 to %d tickets") % line.kept,
                )
                self.fields[f"line_{line.number}"] = field
        self.fields["reason"] = reason

    def wanted(self) -> dict[int, int]:
        """Line number → tickets."""
        return {
            int(name.removeprefix("line_")): tickets
            for name, tickets in self.cleaned_data.items()
            if name.startswith("line_") and tickets
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not self.wanted():
            self.add_error(None, _t("Say how many tickets are refunded."))
        return found

    def changes(self) -> Sequence[Change]:
        wanted = self.wanted()
        lines = list(self.subject.lines.select_related("item"))
        beyond = [line for line in lines if wanted.get(line.number, 0) > line.kept]
        if beyond:
            line = beyond[0]
            raise InvalidInputError(
                f"{wanted[line.number]} of {line.item.name} are to be refunded, {line.kept} are left."
            )
        left = sum(line.kept for line in lines) - sum(wanted.values())
        amount = sum(line.unit_price * wanted.get(line.number, 0) for line in lines)
        total = sum(line.total for line in lines)
        status = _label(BookingStatus.CONFIRMED if left else BookingStatus.CANCELLED)
        return [
            Change(_("Tickets"), sum(line.kept for line in lines), left),
            Change(_("Total"), _money(total, self.subject), _money(total - amount, self.subject)),
            Change(_("To be given back by whoever took it"), _money(amount, self.subject)),
            Change(_("Status"), _label(BookingStatus.CONFIRMED), status),
        ]


class ExtendForm(BookingDialog):
    minutes = WholeNumber(
        _("Minutes from now"), least=1, help_text=_("No longer than the channel's longest hold.")
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


def _money(amount: Decimal | int, booking: Booking) -> str:
    return f"{Decimal(amount):.2f} {booking.currency}"


# So many are shown of what a reference finds.
MOST_FOUND = 1_000


def channels_seen(request: HttpRequest) -> list[int]:
    """The channels of the person's venues."""
    found = SalesChannel.objects.filter(within_venues(request.user, "venue"))
    return list(found.order_by().values_list("pk", flat=True))


@admin.register(Booking)
class BookingAdmin(ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "channel", "user")
    paginator = InfinitePaginator
    list_display = ("number", "event", "channel", "status_label", "tickets", "total", "created")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("created_at", MomentRangeFilter),
        ("due_on", RangeDateFilter),
    )
    search_fields = ("reference",)
    search_help_text = _("Booking number, or the seller's reference, from its beginning")
    unsearchable: ClassVar[tuple[str, ...]] = ("contact",)
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (LineInline,)
    actions_detail = ("refund", "release", "extend", "movements")
    readonly_fields = (
        "ledger_number",
        "buyer",
        "total",
        "created",
        "expires",
        "confirmed",
        "ended",
        "made_by",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        contact = ("buyer",) if may_read_contact(request.user) else ()
        about = ("uuid", "ledger_number", "event", "channel", "status", "reference", *contact)
        return (
            (None, {"fields": (*about, "total", "made_by")}),
            (
                _("Times"),
                {"fields": ("created", "expires", "confirmed", "due_on", "ended", "end_reason")},
            ),
        )

    def scope(self, request: HttpRequest) -> Q:
        # Named one by one: of each channel the planner knows how busy it is.
        if not within_venues(request.user, "event__venue"):
            return Q()
        return Q(channel__in=channels_seen(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        return super().get_queryset(request).prefetch_related("lines__item")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Booking], search_term: str
    ) -> tuple[QuerySet[Booking], bool]:
        """By number or the beginning of a reference: what an index can answer."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(uuid=uuid.UUID(term)), False
        except ValueError:
            pass
        # The index begins with the channel, as sellers ask; and what it finds is looked up first,
        # or the newest bookings would be read through in the hope of meeting fifty.
        found = Booking.objects.filter(
            ~Q(reference=""),  # as the index says, or it is not used
            channel__in=channels_seen(request),
            reference__startswith=term.replace("\x00", ""),
        )
        numbers = list(found.order_by().values_list("pk", flat=True)[:MOST_FOUND])
        return queryset.filter(pk__in=numbers), False

    @display(description=_("number"))
    def number(self, booking: Booking) -> str:
        return f"…{str(booking.uuid)[-12:]}"

    @display(
        description=_("status"),
        label={
            BookingStatus.ON_HOLD: "warning",
            BookingStatus.CONFIRMED: "success",
            BookingStatus.CANCELLED: "danger",
            BookingStatus.EXPIRED: "",
        },
    )
    def status_label(self, booking: Booking) -> tuple[str, Any]:
        return booking.status, BookingStatus(booking.status).label

    @display(description=_("number in the ledger"))
    def ledger_number(self, booking: Booking) -> int:
        return booking.pk

    @display(description=_("contact"))
    def buyer(self, booking: Booking) -> Any:
        rows = (booking.contact or {}).items()
        return format_html_join("\n", "{}: {}", rows) or "–"

    @display(description=_("tickets"))
    def tickets(self, booking: Booking) -> int:
        return sum(line.kept for line in booking.lines.all())

    @display(description=_("total"))
    def total(self, booking: Booking) -> str:
        return f"{sum(line.total for line in booking.lines.all())} {booking.currency}"

    @display(description=_("made by"))
    def made_by(self, booking: Booking) -> str:
        if booking.api_key_id:
            return key_link(booking.api_key_id)
        return str(booking.user) if booking.user else _t("System")

    @display(description=_("created"))
    def created(self, booking: Booking) -> str:
        return local_time(booking.created_at, booking.event.venue.zone)

    @display(description=_("expires"))
    def expires(self, booking: Booking) -> str:
        return local_time(booking.expires_at, booking.event.venue.zone)

    @display(description=_("confirmed"))
    def confirmed(self, booking: Booking) -> str:
        return local_time(booking.confirmed_at, booking.event.venue.zone)

    @display(description=_("ended"))
    def ended(self, booking: Booking) -> str:
        return local_time(booking.ended_at, booking.event.venue.zone)

    # --- Actions: each service opens its own transaction ------------------------------------

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
        wanted: dict[int, int] = form.wanted()
        services.cancel(
            booking.pk,
            by=actor_of(request),
            reason=form.cleaned_data["reason"],
            lines=wanted,
            expected=BookingStatus.CONFIRMED,
        )
        tickets = sum(wanted.values())
        text = ngettext("%d ticket was refunded.", "%d tickets were refunded.", tickets) % tickets
        return Done(text, ((_t("See the movements"), movements_of_booking(booking.pk)),))

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

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, booking: Booking) -> str:
        return movements_of_booking(booking.pk)
