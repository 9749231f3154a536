"""What a plan gives one channel of one pool: units, and rules led to their moments."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from allocations.enums import Closes, Draws, Opens
from allocations.plans.shares import exact_share, units_of
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.windows import Unresolved, drawing_windows, release_of
from allocations.setup import Window
from events.models import Event


@dataclass(frozen=True, slots=True)
class Part:
    """A guarantee in whole units, what it would be without rounding, and when it ends."""

    units: int
    exact: Decimal
    ends: datetime | None

    def is_over(self, now: datetime) -> bool:
        return self.ends is not None and self.ends <= now


@dataclass(frozen=True, slots=True)
class Given:
    """``group`` is the one that the channel draws on. ``problem``: why some rule leads nowhere.

    Of a plan in force, ``own_now`` is what the channel has of its own as the stock is, and ``common_now`` what all
    who share the group's stock have of it: people move stock, and capacities change.
    """

    event: Event
    capacity: int
    line: Line
    part: Part
    window: Window
    group: Group | None
    group_part: Part | None
    has_tiers: bool
    problem: str
    own_now: int | None = None
    common_now: int | None = None

    def common_is_over(self, now: datetime) -> bool:
        """Whether the stock of the group that it draws on has ended."""
        return self.group_part is not None and self.group_part.is_over(now)

    @property
    def opening_counts_from(self) -> datetime | None:
        match self.line.opens:
            case Opens.AFTER_ON_SALE:
                return self.event.sales_from
            case Opens.BEFORE_START:
                return self.event.starts_at
        return None

    @property
    def closing_counts_from(self) -> datetime | None:
        match self.line.closes:
            case Closes.AFTER_OPENING:
                return self.window.start or self.event.sales_from
            case Closes.BEFORE_START:
                return self.event.starts_at
        return None


def line_of(spec: PlanSpec, channel_id: int) -> Line:
    """The channel's own; who has none gets nothing and draws nowhere."""
    return spec.line_of(channel_id) or Line(channel_id=channel_id, units=0)


def group_of(spec: PlanSpec, line: Line) -> Group | None:
    """The group that a line draws on."""
    if line.draws != Draws.GROUP:
        return None
    return next((group for group in spec.groups if group.name == line.group), None)


def given_to(channel_id: int, spec: PlanSpec, event: Event, capacity: int) -> Given:
    """Work out what a plan gives a channel of a pool with this capacity, on this event's dates."""
    line = line_of(spec, channel_id)
    group = group_of(spec, line)
    problems: list[str] = []

    def complain(of: Line, error: Unresolved) -> None:
        if of.channel_id == channel_id:
            problems.append(error.message)

    windows = drawing_windows(spec, event, complain)
    parts: list[Line | Group] = [*spec.groups, *spec.lines]
    units = dict(zip(map(_key, parts), units_of(parts, capacity), strict=True))

    def part_of(of: Line | Group) -> Part:
        ends = None
        try:
            ends = release_of(of, event)
        except Unresolved as error:
            problems.append(error.message)
        return Part(units.get(_key(of), 0), exact_share(of, capacity), ends)

    return Given(
        event=event,
        capacity=capacity,
        line=line,
        part=part_of(line),
        window=windows.get(channel_id, Window(None, None)),
        group=group,
        group_part=part_of(group) if group else None,
        has_tiers=len(
            {other_line.tier for other_line in spec.lines if other_line.draws != Draws.NONE}
        )
        > 1,
        problem=" ".join(dict.fromkeys(problems)),
    )


def _key(part: Line | Group) -> int | str:
    return part.channel_id if isinstance(part, Line) else part.name
