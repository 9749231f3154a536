"""Bookings: shown, never edited. They are cancelled, refunded and extended by actions."""

import uuid
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.selectors import within_venues
from allocations.models import SalesChannel
from backoffice.bookings import erasure, overdue
from backoffice.bookings.actions import BookingActions
from backoffice.bookings.at_counter import (
    is_handed_out,
    is_paid_at_counter,
    payments_of,
    tickets_handed_out,
)
from backoffice.bookings.overdue import PaymentFilter
from backoffice.bookings.payments import (
    DUE,
    OVERDUE,
    PAID,
    PaymentActions,
    PaymentInline,
    mark_paid_selected,
    payment_of,
)
from backoffice.kit.base import ReadOnlyInline
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import link_action
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import reader
from backoffice.kit.rows import maker_of, movements_of_booking
from backoffice.kit.scope import ScopedReadOnlyAdmin
from backoffice.late_sales.reported import report_of, reported_late
from common.spoken_number import row_of
from common.text import local_time, money
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, total_of
from sales.selectors import may_read_contact


class LineInline(ReadOnlyInline):
    model = BookingLine
    tab = False
    related = ("item", "booking")
    fields = ("number", "item", "quantity", "refunded", "price", "line_total")
    readonly_fields = fields

    @display(description=_("unit price"))
    def price(self, line: BookingLine) -> str:
        return money(line.unit_price, line.booking.currency)

    @display(description=_("total"))
    def line_total(self, line: BookingLine) -> str:
        return money(line.total, line.booking.currency)


def _named(term: str) -> Q | None:
    """The booking that a number names: ours, or the one that the API gives."""
    if (row := row_of(term)) is not None:
        return Q(pk=row)
    try:
        return Q(uuid=uuid.UUID(term))
    except ValueError:
        return None


# So many are shown of what a reference finds.
MAX_FOUND = 1_000


def channels_seen(request: HttpRequest) -> list[int]:
    """The channels of the person's venues."""
    channels = SalesChannel.objects.filter(within_venues(request.user, "venue"))
    return list(channels.order_by().values_list("pk", flat=True))


class BookingAdmin(BookingActions, PaymentActions, ScopedReadOnlyAdmin):
    venue_path = "event__venue"
    related = ("event__venue", "channel", "user")
    paginator = InfinitePaginator
    list_display = (
        "number",
        "event",
        "channel",
        "status_label",
        "tickets",
        "total",
        "payment",
        "created",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("channel", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        ("created_at", MomentRangeFilter),
        PaymentFilter,
        ("due_on", RangeDateFilter),
    )
    search_fields = ("reference",)
    search_help_text = _("Booking number, or the seller's reference, from its beginning")
    unsearchable: ClassVar[tuple[str, ...]] = ("contact",)
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (LineInline, PaymentInline)
    actions: ClassVar[list[Any]] = [mark_paid_selected]
    actions_detail = (
        "confirm",
        "refund",
        "release",
        "extend",
        "mark_paid",
        "mark_unpaid",
        "movements",
    )
    custom_urls = (
        ("overdue/", "sales_booking_overdue", overdue.show),
        ("erase/", "sales_booking_erase", erasure.show),
    )
    readonly_fields = (
        "number",
        "buyer",
        "total",
        "paid",
        "created",
        "expires",
        "confirmed",
        "ended",
        "made_by",
        "reported",
        "at_counter",
        "handed_out",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        contact = ("buyer",) if may_read_contact(request.user) else ()
        late = ("reported",) if obj is not None and report_of(obj) is not None else ()
        is_paid = obj is not None and is_paid_at_counter(obj)
        counter = ("at_counter",) if is_paid else ()
        guest = ("handed_out",) if obj is not None and is_handed_out(obj) else ()
        about = ("number", "event", "channel", "status", "reference", *late, *guest, *contact)
        return (
            (None, {"fields": (*about, "total", "made_by")}),
            (
                _("Times"),
                {
                    "fields": (
                        *("created", "expires", "confirmed", "due_on", "paid", *counter),
                        *("ended", "end_reason"),
                    )
                },
            ),
        )

    def scope(self, request: HttpRequest) -> Q:
        # Named one by one: of each channel the planner knows how busy it is.
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
        condition = _named(term)
        if condition is not None:
            return queryset.filter(condition), False
        # The index begins with the channel, as sellers ask; and what it finds is looked up first,
        # or the newest bookings would be read through in the hope of meeting fifty.
        bookings = Booking.objects.filter(
            ~Q(reference=""),  # as the index says, or it is not used
            channel__in=channels_seen(request),
            reference__startswith=term.replace("\x00", ""),
        )
        numbers = list(bookings.order_by().values_list("pk", flat=True)[:MAX_FOUND])
        return queryset.filter(pk__in=numbers), False

    @display(description=_("number"))
    def number(self, booking: Booking) -> str:
        return str(booking)

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

    @display(description=_("contact"))
    def buyer(self, booking: Booking) -> Any:
        rows = (booking.contact or {}).items()
        return format_html_join("\n", "{}: {}", rows) or "–"

    @display(description=_("tickets"))
    def tickets(self, booking: Booking) -> int:
        return sum(line.kept for line in booking.lines.all())

    @display(description=_("total"))
    def total(self, booking: Booking) -> str:
        return money(total_of(booking.lines.all()), booking.currency)

    @display(description=_("payment"), label={OVERDUE: "danger", DUE: "warning", PAID: "success"})
    def payment(self, booking: Booking) -> tuple[str, str] | None:
        return payment_of(booking, timezone.now())

    @display(description=_("payment"))
    def paid(self, booking: Booking) -> str:
        """On its own page, where there is no room for a label's color."""
        state = payment_of(booking, timezone.now())
        return state[1] if state else "–"

    @display(description=_("paid at a counter"))
    def at_counter(self, booking: Booking) -> Any:
        return payments_of(booking)

    @display(description=_("handed out"))
    def handed_out(self, booking: Booking) -> Any:
        return tickets_handed_out(booking, reader())

    @display(description=_("made by"))
    def made_by(self, booking: Booking) -> str:
        return maker_of(booking)

    @display(description=_("reported late"))
    def reported(self, booking: Booking) -> Any:
        """Of a sale that came by a sync: when, as what, and when it was by the channel's clock."""
        report = report_of(booking)
        return reported_late(report, booking.event.venue.zone) if report is not None else "–"

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

    @link_action(_("Movements"), permission="allocations.view_movement", icon="history")
    def movements(self, booking: Booking) -> str:
        return movements_of_booking(booking.pk)
