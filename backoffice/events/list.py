"""What the list of events shows and asks beyond its own columns."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from allocations.selectors import OUT_OF_SALE
from events.models import Event, Pool
from events.selectors import day_start, not_over


class ComingFilter(DropdownFilter):
    """Over before today, or not; today is that of whoever looks."""

    title = _("when")
    parameter_name = "when"
    COMING, PAST = "coming", "past"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [(self.COMING, _("From today on")), (self.PAST, _("Before today"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Event]") -> "QuerySet[Event]":
        del request
        today = day_start(timezone.now(), timezone.get_current_timezone())
        match self.value():
            case self.COMING:
                return queryset.filter(not_over(today))
            case self.PAST:
                return queryset.exclude(not_over(today))
        return queryset


class PoolUse(NamedTuple):
    """An event's first pool, and how many others it has."""

    name: str
    quantity: int
    held: int
    sold: int
    others: int
    out: int = 0

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


def first_pools(events: Sequence[Event]) -> dict[int, PoolUse]:
    """Event → what of its first pool is used, in one statement."""
    pools = Pool.objects.filter(event__in=[event.pk for event in events]).annotate(
        held=Sum("stock__held", default=0), sold=Sum("stock__sold", default=0), out=OUT_OF_SALE
    )
    uses: dict[int, PoolUse] = {}
    for pool in pools.order_by("event_id", "position", "pk"):
        first = uses.get(pool.event_id)
        uses[pool.event_id] = (
            PoolUse(pool.name, pool.capacity - pool.out, pool.held, pool.sold, 0, pool.out)
            if first is None
            else first._replace(others=first.others + 1)
        )
    return uses
