"""Which bookings are still to be paid: the filter of their list, and the page by channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from accounts.models import User
from accounts.selectors import within_venues
from common.text import money
from events.models import Venue
from sales.enums import BookingStatus
from sales.models import Booking
from sales.selectors import (
    SEE_SALES,
    Overdue,
    costs_something,
    overdue,
    overdue_by_channel,
    unpaid,
)


class PaymentFilter(DropdownFilter):
    """How far a confirmed booking is with its payment, today at its venue."""

    title = _("payment")
    parameter_name = "payment"
    UNPAID, OVERDUE, PAID, AT_ONCE = "unpaid", "overdue", "paid", "at-once"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [
            (self.UNPAID, _("Due or overdue")),
            (self.OVERDUE, _("Overdue")),
            (self.PAID, _("Paid")),
            (self.AT_ONCE, _("Paid at once")),
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Booking]") -> "QuerySet[Booking]":
        match self.value():
            case self.UNPAID:
                return queryset.filter(unpaid(), costs_something())
            case self.OVERDUE:
                late = overdue(venues_seen(request), timezone.now())
                return queryset.filter(late, costs_something())
            case self.PAID:
                return queryset.filter(paid_at__isnull=False)
            case self.AT_ONCE:
                return queryset.filter(status=BookingStatus.CONFIRMED, due_on=None)
        return queryset


def venues_seen(request: HttpRequest) -> list[Venue]:
    return list(Venue.objects.filter(within_venues(cast("User", request.user), "pk")))


def overdue_list(**query: object) -> str:
    """The address of the list of overdue bookings."""
    parameters = {PaymentFilter.parameter_name: PaymentFilter.OVERDUE, **query}
    return f"{reverse('admin:sales_booking_changelist')}?{urlencode(parameters)}"


@dataclass(frozen=True, slots=True)
class Row:
    """What a channel owes in one currency, with its bookings' list."""

    debt: Overdue
    venue: Venue
    amount: str
    days: int
    url: str


def show(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What is overdue at the person's venues, by channel, who has owed longest first."""
    if not request.user.has_perm(SEE_SALES):
        raise PermissionDenied
    rows = _rows(venues_seen(request), timezone.now())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Overdue payments"),
        "rows": rows,
        "several_venues": len({row.venue.pk for row in rows}) > 1,
        "all_url": overdue_list(),
    }
    return render(request, "admin/overdue.html", context)


def _rows(venues: list[Venue], now: datetime) -> list[Row]:
    by_id = {venue.pk: venue for venue in venues}
    return [
        Row(
            debt,
            by_id[debt.venue_id],
            money(debt.amount, debt.currency),
            (now.astimezone(by_id[debt.venue_id].zone).date() - debt.oldest).days,
            overdue_list(channel__id__exact=debt.channel_id),
        )
        for debt in overdue_by_channel(venues, now)
    ]
