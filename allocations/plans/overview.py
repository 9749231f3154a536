"""How an event's pools are planned: the plan in force, its draft, its versions, and the stock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import prefetch_related_objects

from allocations.enums import OF_POOLS, Closes, Draws, Opens, PlanStatus, StockKind
from allocations.models import AllocationPlan, Stock
from allocations.plans.outcome import Outcome, outcome_of
from allocations.plans.spec import Group, Line, PlanSpec
from events.models import Event, Pool


@dataclass(frozen=True)
class PoolPlan:
    """``versions``: all that were ever applied, the newest first; only those in force are read whole."""

    pool: Pool
    rows: Sequence[Stock]
    in_force: AllocationPlan | None
    draft: AllocationPlan | None
    versions: Sequence[AllocationPlan]
    now: datetime

    @cached_property
    def spec(self) -> PlanSpec:
        """What the plan in force says; where there is none, what the stock amounts to."""
        return PlanSpec.read(self.in_force) if self.in_force else standing(self.rows)

    @cached_property
    def outcome(self) -> Outcome:
        """What applying the plan in force again would do: nothing, while the stock is as planned."""
        return outcome_of(self.spec, self.pool.event, self.pool.capacity, self.rows, self.now)

    @property
    def differs(self) -> bool:
        return bool(self.outcome.problems) or any(
            change.is_change for change in self.outcome.changes
        )


def plans_of(event: Event, now: datetime) -> list[PoolPlan]:
    """Of each pool of the event, whatever their number in six statements."""
    rows: dict[int | None, list[Stock]] = defaultdict(list)
    kinds = OF_POOLS
    for row in Stock.objects.filter(event=event, kind__in=kinds).select_related("channel"):
        rows[row.pool_id].append(row)
    plans: dict[int, list[AllocationPlan]] = defaultdict(list)
    for plan in AllocationPlan.objects.filter(pool__event=event).select_related("applied_by"):
        plans[plan.pool_id].append(plan)
    whole = [
        plan
        for versions in plans.values()
        for plan in versions
        if plan.status != PlanStatus.REPLACED
    ]
    prefetch_related_objects(whole, "groups", "lines__channel")
    pool_plans = []
    for pool in event.pools.order_by("position", "pk"):
        pool.event = event
        by_status = {plan.status: plan for plan in plans[pool.pk]}
        applied = [plan for plan in plans[pool.pk] if plan.status != PlanStatus.DRAFT]
        pool_plans.append(
            PoolPlan(
                pool,
                rows[pool.pk],
                by_status.get(PlanStatus.IN_FORCE),
                by_status.get(PlanStatus.DRAFT),
                sorted(applied, key=lambda plan: -(plan.version or 0)),
                now,
            )
        )
    return pool_plans


def standing(rows: Sequence[Stock]) -> PlanSpec:
    """The plan that a pool's rows amount to as they stand, to begin an edit with."""
    names = {row.pk: row.name for row in rows if row.kind == StockKind.OPEN}
    drawn: dict[int, int] = defaultdict(int)
    for row in rows:
        drawn[row.draws_on_id or 0] += row.drawn
    return PlanSpec(
        tuple(_line(row, names) for row in rows if row.kind == StockKind.CHANNEL),
        tuple(
            Group(name=name, units=row.quantity + drawn[row.pk], releases_at=row.releases_at)
            for row in rows
            if (name := names.get(row.pk))
        ),
    )


def _line(row: Stock, names: dict[int, str]) -> Line:
    group = names[row.draws_on_id] if row.draws_on_id else ""
    general = Draws.GENERAL if row.draws_on_id else Draws.NONE
    draws = row.draws_on_id is not None
    return Line(
        channel_id=row.channel_id or 0,
        units=row.quantity - row.drawn,
        releases_at=row.releases_at,
        draws=Draws.GROUP if group else general,
        group=group,
        opens=Opens.AT if draws and row.draws_from else Opens.AT_ONCE,
        opens_at=row.draws_from if draws else None,
        closes=Closes.AT if draws and row.draws_until else Closes.NEVER,
        closes_at=row.draws_until if draws else None,
        ceiling=row.ceiling,
    )
