"""Two tabs of an event's page: how its pools are planned, and the calendar of what happens when."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import DocumentKind
from allocations.models import AllocationPlan
from allocations.plans.calendar import Point, calendar_of
from allocations.plans.overview import PoolPlan, plans_of
from backoffice.kit.panels import Panel
from backoffice.kit.rows import movements_of
from backoffice.plans.bar import bar_of, by_kind, in_order, key_of
from backoffice.plans.pages import MAY_PLAN, MAY_SEE, version_links
from backoffice.plans.shown import Shown, changes_of, hours_until, table_of
from backoffice.plans.words import letters_url, versions_url
from common.text import local_time
from events.models import Event

# The versions that a tab lists; from each a page leads on to the one before.
LATEST = 8


def read_plans(request: HttpRequest, event: Event) -> list[PoolPlan]:
    """Read once a request, for both tabs."""
    plans: list[PoolPlan] | None = getattr(request, "finlo_plans", None)
    if plans is None:
        plans = plans_of(event, timezone.now())
        request.finlo_plans = plans  # type: ignore[attr-defined]
    return plans


class PlanPanel(Panel):
    slug = "plan"
    title = _("Plan")
    template = "admin/panels/plan.html"
    permission = MAY_SEE

    def context(self) -> dict[str, Any]:
        return {
            "pools": [self._pool(plan) for plan in read_plans(self.request, self.subject)],
            "zone": self.subject.venue.time_zone,
            "letters": letters_url(self.subject.pk),
            "may_plan": self.may(MAY_PLAN),
        }

    def _pool(self, pool_plan: PoolPlan) -> dict[str, Any]:
        channels = {
            row.channel.pk: row.channel for row in pool_plan.rows if row.channel is not None
        }
        rows = in_order(pool_plan.rows, by_kind(channels.values()))
        units = {key_of(row): row.quantity for row in rows}
        table: Sequence[Shown] = ()
        if pool_plan.in_force:
            channels |= {line.channel_id: line.channel for line in pool_plan.in_force.lines.all()}
            table = table_of(pool_plan.spec, self.subject, channels, pool_plan.outcome)
        return {
            "found": pool_plan,
            "bar": bar_of(
                rows,
                units,
                pool_plan.pool.capacity,
                slug=f"pool-{pool_plan.pool.pk}",
                label=_t("As it stands now"),
            ),
            "table": table,
            "edit": reverse("admin:events_pool_plan", args=(pool_plan.pool.pk,)),
            "changes": changes_of(pool_plan.outcome, self.subject.venue.zone)
            if pool_plan.differs
            else (),
            "applied": self._when(pool_plan.in_force),
            "versions": [
                (plan, self._when(plan), version_links(plan))
                for plan in pool_plan.versions[:LATEST]
            ],
            "compared": versions_url(pool_plan.pool),
            "movements": movements_of(
                document_kind=DocumentKind.PLAN, stock__pool__id__exact=pool_plan.pool.pk
            ),
        }

    def _when(self, plan: AllocationPlan | None) -> str:
        return local_time(plan.applied_at if plan else None, self.subject.venue.zone)


class CalendarPanel(Panel):
    slug = "calendar"
    title = _("Calendar")
    template = "admin/panels/calendar.html"
    permission = MAY_SEE

    def context(self) -> dict[str, Any]:
        now, zone = timezone.now(), self.subject.venue.zone
        points = calendar_of(self.subject, read_plans(self.request, self.subject), now)

        def day(point: Point) -> date:
            return point.at.astimezone(zone).date()

        return {
            "days": [(when, list(group)) for when, group in groupby(points, day)],
            "past": sum(point.is_past for point in points),
            "next_in": self._next(points, now),
            "now": now.astimezone(zone),
            "zone": self.subject.venue.time_zone,
        }

    def _next(self, points: Sequence[Point], now: datetime) -> str:
        return next((hours_until(point.at, now) for point in points if point.is_next), "")
