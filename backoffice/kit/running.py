"""A filter of lists whose rows belong to events: those of events that run."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

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
        return queryset.filter(not_over(timezone.now(), "event__"), event__status__in=RUNNING)
