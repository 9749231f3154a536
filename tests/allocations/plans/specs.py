"""Plans for tests, by the names of a stage."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from allocations.enums import Draws
from allocations.models import AllocationPlan
from allocations.plans import services
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from tests.factories import Stage


def line(stage: Stage, channel: str, guarantee: int | str = 0, **terms: Any) -> Line:
    """A line; a guarantee like ``"30"`` is in percent. ``group`` makes it draw on that one."""
    if terms.get("group"):
        terms.setdefault("draws", Draws.GROUP)
    return Line(channel_id=stage.channels[channel].pk, **_guarantee(guarantee), **terms)


def group(name: str, guarantee: int | str = 0, **terms: Any) -> Group:
    return Group(name=name, **_guarantee(guarantee), **terms)


def _guarantee(guarantee: int | str) -> dict[str, Any]:
    if isinstance(guarantee, str):
        return {"percent": Decimal(guarantee)}
    return {"units": guarantee}


def apply(
    stage: Stage, *parts: Line | Group, pool: str = "GA", now: datetime | None = None
) -> AllocationPlan:
    spec = PlanSpec(
        [part for part in parts if isinstance(part, Line)],
        [part for part in parts if isinstance(part, Group)],
    )
    with transaction.atomic():
        return services.apply_plan(
            pool=stage.pools[pool],
            spec=spec,
            by=SYSTEM,
            reason="test",
            now=now or timezone.now(),
        )
