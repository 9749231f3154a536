"""A filter of lists whose rows belong to events: those of events that run."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from events.models import Venue
from events.selectors import RUNNING, not_over


class RunningFilter(DropdownFilter):
    """On sale or paused, and not over on their venues' own clocks: what the channel map counts."""

    title = _("event’s state")
    parameter_name = "events"
    ON_OFFER = "running"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [(self.ON_OFFER, _("On sale or paused, and not over"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        if self.value() != self.ON_OFFER:
            return queryset
        now, found = timezone.now(), Q(pk__in=())
        for zone in Venue.objects.order_by().values_list("time_zone", flat=True).distinct():
            found |= Q(event__venue__time_zone=zone) & not_over(now, ZoneInfo(zone), "event__")
        return queryset.filter(found, event__status__in=RUNNING)
