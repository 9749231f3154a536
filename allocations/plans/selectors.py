"""Reads of plans."""

from django.db.models import QuerySet

from allocations.enums import PlanStatus, StockKind
from allocations.models import AllocationPlan, Stock
from events.models import Pool


def plan_in_force(pool: Pool) -> AllocationPlan | None:
    return AllocationPlan.objects.filter(pool=pool, status=PlanStatus.IN_FORCE).first()


def draft_of(pool: Pool) -> AllocationPlan | None:
    return AllocationPlan.objects.filter(pool=pool, status=PlanStatus.DRAFT).first()


def stock_of(pool: Pool) -> QuerySet[Stock]:
    """The rows that make up the pool's capacity."""
    return Stock.objects.filter(pool=pool, kind__in=(StockKind.CHANNEL, StockKind.OPEN))
