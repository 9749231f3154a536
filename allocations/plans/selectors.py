"""Reads of plans."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import QuerySet

from allocations.enums import OF_POOLS, DocumentKind, PlanStatus
from allocations.models import AllocationPlan, Movement, SalesChannel, Stock
from allocations.plans.outcome import Problem
from events.models import Event, Pool


def plan_in_force(pool: Pool) -> AllocationPlan | None:
    return AllocationPlan.objects.filter(pool=pool, status=PlanStatus.IN_FORCE).first()


def plans_in_force(event: Event) -> QuerySet[AllocationPlan]:
    """Of all pools of an event, with what they say."""
    plans = AllocationPlan.objects.filter(status=PlanStatus.IN_FORCE, pool__event=event)
    return (
        plans.select_related("pool").prefetch_related("lines__channel", "groups").order_by("pool")
    )


def draft_of(pool: Pool) -> AllocationPlan | None:
    return AllocationPlan.objects.filter(pool=pool, status=PlanStatus.DRAFT).first()


def plans_of(movements: Iterable[Movement]) -> dict[int, AllocationPlan]:
    """The plans that movements name, by the number under which they do."""
    named = {
        movement.document_id
        for movement in movements
        if movement.document_kind == DocumentKind.PLAN
    }
    return AllocationPlan.objects.select_related("pool").in_bulk(named) if named else {}


def stock_of(pool: Pool) -> QuerySet[Stock]:
    """The rows that make up the pool's capacity."""
    return Stock.objects.filter(pool=pool, kind__in=OF_POOLS)


def buffers_of(event_id: int) -> dict[int, int]:
    """Stock row → so many of its unsold units that are its safety buffer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stock_id, units FROM allocations_buffers(%s)", [[event_id]])
        return dict(cursor.fetchall())


def told(problems: Sequence[Problem]) -> str:
    """What stands in a plan's way in sentences that name the channels and groups to blame."""
    blamed = {problem.channel_id for problem in problems if problem.channel_id is not None}
    names = dict(SalesChannel.objects.filter(pk__in=blamed).values_list("pk", "name"))
    sentences = []
    for problem in problems:
        who = names.get(problem.channel_id or 0) or (problem.group and f"“{problem.group}”")
        sentences.append(f"{who}: {problem.message}" if who else problem.message)
    return " ".join(sentences)
