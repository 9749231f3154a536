"""What a plan says, free of the database: written by an editor, a file, a copy, or read back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from allocations.enums import Closes, Draws, Opens, PlanStatus, Strategy
from allocations.models import AllocationPlan, PlanGroup, PlanLine
from common.names import normalize


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """``units`` or ``percent`` of the capacity, until a moment or so many hours before the start."""

    units: int | None = None
    percent: Decimal | None = None
    releases_at: datetime | None = None
    release_hours: int | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.units and not self.percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Guarantee):
    """Common stock of the channels that draw on it."""

    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", normalize(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Guarantee):
    """What a channel gets; see ``PlanLine``. ``group`` is the name of the one it draws on."""

    channel_id: int
    draws: Draws = Draws.NONE
    group: str = ""
    tier: int = 1
    opens: Opens = Opens.AT_ONCE
    opens_at: datetime | None = None
    opens_hours: int | None = None
    closes: Closes = Closes.NEVER
    closes_at: datetime | None = None
    closes_hours: int | None = None
    floor: int | None = None
    ceiling: int | None = None
    is_dynamic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", normalize(self.group))

    @property
    def is_empty(self) -> bool:
        """Whether it says no more than a channel without a line is told anyway."""
        return self.is_nothing and self.draws == Draws.NONE and not self.is_dynamic

    @property
    def strategy(self) -> Strategy:
        """The guide's name for the shape of this line."""
        if self.is_dynamic:
            return Strategy.DYNAMIC
        if self.draws == Draws.GENERAL:
            return Strategy.PRIORITY if self.is_nothing else Strategy.HYBRID
        return Strategy.FIXED


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """All of a plan. A channel without a line gets nothing and draws nowhere."""

    lines: Sequence[Line] = ()
    groups: Sequence[Group] = ()
    note: str = ""

    @classmethod
    def read(cls, plan: AllocationPlan) -> Self:
        """As the plan stands; reads its lines and groups, prefetched or not.

        A draft may be saved, applied or discarded between those statements: then it is read anew, whole.
        """
        spec = cls._read_once(plan)
        if plan.status != PlanStatus.DRAFT:
            return spec
        by_now = AllocationPlan.objects.filter(pk=plan.pk).first()
        if by_now is None:
            return cls()
        return spec if by_now.revision == plan.revision else cls.read(by_now)

    @classmethod
    def _read_once(cls, plan: AllocationPlan) -> Self:
        groups = list(plan.groups.all())
        names = {group.pk: group.name for group in groups}
        return cls(
            tuple(
                Line(
                    **_values(line, Line),
                    channel_id=line.channel_id,
                    group=names.get(line.group_id or 0, ""),
                )
                for line in plan.lines.all()
            ),
            tuple(Group(**_values(group, Group)) for group in groups),
            plan.note,
        )

    @property
    def strategy(self) -> Strategy:
        """The strategy of all lines that give something, or hybrid where they mix several."""
        strategies = {line.strategy for line in self.lines if not line.is_empty}
        return strategies.pop() if len(strategies) == 1 else Strategy.HYBRID

    def line_of(self, channel_id: int | None) -> Line | None:
        return next((line for line in self.lines if line.channel_id == channel_id), None)


def _values(row: PlanLine | PlanGroup, kind: type[Guarantee]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)} - {"channel_id", "group"}
    return {name: getattr(row, name) for name in names}
