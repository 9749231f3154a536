"""The allocation plans of the season, applied as its managers would have."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from allocations.enums import Closes, Draws, Opens, StockKind
from allocations.models import Stock
from allocations.plans.services import apply_plan, save_draft
from allocations.plans.spec import Group, Line, PlanSpec
from demo.season.shapes import Part, Plan

if TYPE_CHECKING:
    from demo.stage import Stage


def divide(stage: "Stage", pool: str, reason: str, at: datetime, *, first: bool = False) -> None:
    """Put a pool's plan in force; the ``first`` is that of before its revisions."""
    plan = stage.plan.plan
    if first:
        parts = dict(plan.parts)
        for revision in stage.plan.revisions:
            if revision.pool == pool:
                part = parts[revision.channel]
                parts[revision.channel] = replace(part, share=revision.share_before)
        plan = replace(plan, parts=parts)
    apply_plan(
        pool=stage.pools[pool],
        spec=spec_of(plan, stage.plan.pools[pool], _sellers(stage, pool)),
        by=stage.manager,
        reason=reason,
        now=at,
    )


def draft(stage: "Stage") -> None:
    """Leave the plan that waits, if the event has one, for somebody to look at."""
    if stage.plan.draft is not None:
        pool, capacity = next(iter(stage.plan.pools.items()))
        spec = spec_of(stage.plan.draft, capacity, _sellers(stage, pool))
        save_draft(pool=stage.pools[pool], spec=spec)


def _sellers(stage: "Stage", pool: str) -> dict[str, int]:
    """The channels that sell from the pool: code → number."""
    rows = Stock.objects.filter(pool=stage.pools[pool], kind=StockKind.CHANNEL)
    numbers = set(rows.values_list("channel_id", flat=True))
    return {code: channel.pk for code, channel in stage.channels.items() if channel.pk in numbers}


def spec_of(plan: Plan, capacity: int, channels: Mapping[str, int]) -> PlanSpec:
    """The plan for a pool of that capacity, of those channels that sell from it."""
    return PlanSpec(
        tuple(
            _line(part, capacity, channels[code])
            for code, part in plan.parts.items()
            if code in channels
        ),
        tuple(
            Group(name=name, percent=Decimal(percent), release_hours=plan.goes_back.get(name))
            for name, percent in plan.named.items()
        ),
    )


def _line(part: Part, capacity: int, channel: int) -> Line:
    line = Line(
        channel_id=channel,
        percent=Decimal(part.share),
        draws=_draws(part),
        group=part.draws_on or "",
        tier=part.tier,
        floor=_units(part.floor, capacity),
        ceiling=_units(part.ceiling, capacity),
        is_dynamic=part.floor is not None,
        release_hours=part.goes_back,
    )
    if part.after_tier:
        line = replace(line, opens=Opens.AFTER_TIER)
    elif part.opens is not None:
        line = replace(line, opens=Opens.BEFORE_START, opens_hours=24 * part.opens)
    if part.closes is not None:
        line = replace(line, closes=Closes.BEFORE_START, closes_hours=24 * part.closes)
    return line


def _draws(part: Part) -> Draws:
    if part.draws_on is None:
        return Draws.NONE
    return Draws.GROUP if part.draws_on else Draws.GENERAL


def _units(percent: int | None, capacity: int) -> int | None:
    return None if percent is None else capacity * percent // 100
