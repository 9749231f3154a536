"""What stands above the board: which alerts it shows, and what it needs to say that there are others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from alerts.enums import STANDING, AlertStatus
from alerts.models import Alert
from alerts.selectors import Tally, count_open, tally

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STANDS, OPEN, RESOLVED, ALL = "standing", "open", "resolved", "all"
STANDING_STATES = (STANDS, OPEN)
STATES: "dict[str, StrOrPromise]" = {
    STANDS: _("Standing"),
    OPEN: _("Open"),
    RESOLVED: _("Resolved"),
    ALL: _("All"),
}
PARAMETER = "state"


class StateFilter(DropdownFilter):
    """Which alerts; without an answer, those that stand: open, or acknowledged and not over."""

    title = _("state")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> "list[tuple[str, StrOrPromise]]":
        del request, model_admin
        return [(name, label) for name, label in STATES.items() if name != STANDS]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Alert]") -> "QuerySet[Alert]":
        match state_of(request):
            case "open":
                return queryset.filter(status=AlertStatus.OPEN)
            case "resolved":
                return queryset.filter(status=AlertStatus.RESOLVED)
            case "all":
                return queryset
            case _stands:
                return queryset.filter(status__in=STANDING)


@dataclass(frozen=True, slots=True)
class Head:
    """``tabs``: name, address, how many where that is counted, whether it is this one."""

    tabs: "list[tuple[StrOrPromise, str, int | None, bool]]"
    tally: Tally
    is_standing: bool
    is_filtered: bool


def state_of(request: HttpRequest) -> str:
    state = request.GET.get(PARAMETER, STANDS)
    return state if state in STATES else STANDS


def head(request: HttpRequest, changes: ChangeList) -> Head:
    totals = tally(request.user)
    # What each tab lists when it is opened: of all states, what the search and the other filters leave.
    others: QuerySet[Alert] = changes.get_queryset(request, exclude_parameters=[PARAMETER])
    counts = others.order_by().aggregate(
        **{
            STANDS: Count("pk", filter=Q(status__in=STANDING)),
            OPEN: Count("pk", filter=Q(status=AlertStatus.OPEN)),
        }
    )
    filters = request.GET.copy()
    for name in (PARAMETER, "p"):
        filters.pop(name, None)
    tabs = []
    for name, label in STATES.items():
        query = filters.copy()
        if name != STANDS:
            query[PARAMETER] = name
        address = f"?{query.urlencode()}"
        tabs.append((label, address, counts.get(name), name == state_of(request)))
    is_standing = state_of(request) in STANDING_STATES
    return Head(tabs, totals, is_standing=is_standing, is_filtered=any(filters.values()))


def board_url(state: str = STANDS) -> str:
    address = reverse("admin:alerts_alert_changelist")
    return address if state == STANDS else f"{address}?{PARAMETER}={state}"


def badge(request: HttpRequest) -> str:
    """How many nobody has acknowledged; empty where there is none."""
    return str(count_open(request.user) or "")
