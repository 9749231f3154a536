"""The plans that a run may compare: in force, a draft, a shape to begin with, another event's, a recommendation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from allocations.enums import ChannelKind, Strategy
from allocations.models import Listing, SalesChannel
from allocations.plans.overview import PoolPlan, plans_of
from allocations.plans.presets import Shares, beginning, by_shares
from allocations.plans.spec import Guarantee, Line, PlanSpec
from common.errors import InvalidInputError
from common.names import name_key
from events.models import Component, Event, Pool

HISTORY, IN_FORCE, DRAFT, SHARES, RECOMMENDED = (
    *("HISTORY", "IN_FORCE", "DRAFT", "SHARES", "RECOMMENDED"),
)
OF_EVENT = "EVENT"

Part = TypeVar("Part", bound=Guarantee)


class Choice(NamedTuple):
    """What was chosen: a word, and for another event's plan its number."""

    kind: str
    event_id: int | None = None


def specs_of(choice: Choice, event: Event, now: datetime) -> dict[int, PlanSpec]:
    """A plan for each pool of the event. Raises ``InvalidInputError`` where there is no such plan."""
    plans = plans_of(event, now)
    if choice.kind == IN_FORCE:
        return {plan.pool.pk: plan.spec for plan in plans}
    if choice.kind == DRAFT:
        if not any(plan.draft for plan in plans):
            raise InvalidInputError("None of the event's pools has a draft of a plan.")
        return {
            plan.pool.pk: PlanSpec.read(plan.draft) if plan.draft else plan.spec for plan in plans
        }
    if choice.kind == OF_EVENT:
        other = Event.objects.select_related("venue").filter(
            pk=choice.event_id or 0, venue=event.venue_id
        )
        if (source := other.first()) is None:
            raise InvalidInputError("There is no such event of this venue.")
        return _of_other(event, plans, source, now)
    return {plan.pool.pk: _preset(choice.kind, event, plan.pool, now) for plan in plans}


def _preset(kind: str, event: Event, pool: Pool, now: datetime) -> PlanSpec:
    channels = sellers_of(event, pool)
    if kind == SHARES:
        return by_shares(channels, Shares())
    return beginning(Strategy(kind), channels, event, pool.capacity, now)


def sellers_of(event: Event, pool: Pool) -> list[SalesChannel]:
    """The channels that sell something of a pool, as the plan editor orders them."""
    items = Component.objects.filter(pool=pool).values("item")
    listings = Listing.objects.filter(event=event, item__in=items, is_on=True)
    channels = SalesChannel.objects.filter(pk__in=listings.values("channel"))
    kinds = list(ChannelKind)
    return sorted(channels, key=lambda channel: (kinds.index(channel.kind), channel.name))  # type: ignore[arg-type]


def _of_other(
    event: Event, plans: Sequence[PoolPlan], source: Event, now: datetime
) -> dict[int, PlanSpec]:
    """Of pools of the same names; with its dates as far before the start as they are there."""
    theirs = {name_key(plan.pool.name): plan for plan in plans_of(source, now)}
    later = event.starts_at - source.starts_at
    specs = {}
    for plan in plans:
        other = theirs.get(name_key(plan.pool.name))
        specs[plan.pool.pk] = plan.spec
        if other is not None:
            share = (plan.pool.capacity, max(other.pool.capacity, 1))
            specs[plan.pool.pk] = PlanSpec(
                tuple(_line(line, share, later) for line in other.spec.lines),
                tuple(_scaled(group, share, later) for group in other.spec.groups),
                other.spec.note,
            )
    return specs


def _line(line: Line, share: tuple[int, int], later: timedelta) -> Line:
    return replace(
        _scaled(line, share, later),
        opens_at=_moved(line.opens_at, later),
        closes_at=_moved(line.closes_at, later),
        floor=_part(line.floor, share),
        ceiling=_part(line.ceiling, share),
    )


def _scaled(part: Part, share: tuple[int, int], later: timedelta) -> Part:
    return replace(
        part, units=_part(part.units, share), releases_at=_moved(part.releases_at, later)
    )


def _part(units: int | None, share: tuple[int, int]) -> int | None:
    """The same part of another capacity, rounded down."""
    return None if units is None else units * share[0] // share[1]


def _moved(moment: datetime | None, later: timedelta) -> datetime | None:
    return None if moment is None else moment + later
