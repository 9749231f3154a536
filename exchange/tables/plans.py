"""Allocation plans: a row for each channel's line and each group; those of a pool are its plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from allocations.enums import OF_POOLS, PlanStatus
from allocations.errors import PlanRefusedError
from allocations.models import AllocationPlan, Stock
from allocations.plans.missing_rows import outcome_on
from allocations.plans.notation import CLOSING, GOING_BACK, OPENING
from allocations.plans.outcome import Problem
from allocations.plans.selectors import told
from allocations.plans.services import apply_plan
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.validation import LAST_TIER, senseless
from allocations.services import LARGEST_CAPACITY
from common.clock import database_now
from common.errors import InvalidInputError
from common.names import name_key
from events.models import Pool
from exchange.base import Column, Key, Row, RowChange, Table, Why, Wrong, shown
from exchange.cell_types import Name, Text, Value, Whole, YesNo, excerpt
from exchange.dry_run_cells import NameCell, RuleCell, ShareCell, SourceCell
from exchange.dry_run_parts import Part, column_of, key_of
from exchange.references import References
from exchange.tables.dates import event_columns, event_key
from exchange.tables.inventory import Pools

# What is asked for a pool that others sell from, and for one of the same file.
PLAN, FIRST = "plan", "first plan"
OF_LINES = ("draws_on", "tier", "opens", "closes", "floor", "ceiling", "dynamic")


@dataclass(frozen=True, slots=True)
class Made:
    """A pool's plan as a file has it, and the row of each part."""

    pool: Pool
    spec: PlanSpec
    first: Row
    rows: Mapping[int | str, Row]

    def problems(self, capacity: int, stock: Sequence[Stock]) -> Sequence[Problem]:
        """What stands in its way, told from what is in memory."""
        problems = senseless(self.spec)
        if problems:
            return problems
        event = self.pool.event
        return outcome_on(self.spec, event, capacity, stock, timezone.now()).problems

    def row_of(self, problem: Problem) -> Row:
        key = problem.group if problem.channel_id is None else problem.channel_id
        return self.rows.get(key, self.first)


class LineYesNo(YesNo):
    """Of channels; a group's cell is empty."""

    def show(self, value: Value, zone: Any) -> str:
        return "" if value is None else super().show(value, zone)


class Plans(Table):
    name = "plans"
    title = "Allocation plans"
    model = AllocationPlan
    venue_path = "pool__event__venue"
    written = ("lines", "groups")
    told_when_new = frozenset({"guaranteed"})
    whole = ("venue", "event", "starts_at", "pool")
    columns = (
        *event_columns("pool.event."),
        Column("pool", Name(), "pool.name", "The pool's name in the event.", required=True),
        Column("channel", Text(), "channel.code", "The channel's code; empty for a group."),
        Column("group", NameCell(), "group", "The name of stock that channels share; else empty."),
        Column(
            "guaranteed",
            ShareCell(),
            "share",
            "Units such as 120, or percent of the capacity such as 30%.",
            required=True,
        ),
        Column("draws_on", SourceCell(), "source", "nowhere, general, or a group's name."),
        Column("tier", Whole(1, LAST_TIER), "content.tier", "1 is first. Empty: as it is."),
        Column(
            "opens",
            RuleCell(OPENING),
            "opens",
            "at once, at 2030-11-01 10:00, 48h after on-sale, 72h before start, after tier.",
        ),
        Column(
            "closes",
            RuleCell(CLOSING),
            "closes",
            "never, at 2030-11-01 10:00, 24h after opening, 72h before start.",
        ),
        Column("floor", Whole(0, LARGEST_CAPACITY), "content.floor", "Empty: none."),
        Column("ceiling", Whole(0, LARGEST_CAPACITY), "content.ceiling", "Empty: none."),
        Column(
            "goes_back",
            RuleCell(GOING_BACK),
            "goes_back",
            "When what is unsold does: never, at 2030-11-01 10:00, 72h before start.",
        ),
        Column("dynamic", LineYesNo(), "content.is_dynamic", "May be moved to where it sells."),
    )

    def permission(self, verb: str) -> str:
        return f"allocations.{'view' if verb == 'view' else 'move'}_stock"

    @property
    def page_model(self) -> type[Model]:
        return Pool

    # --- Out ------------------------------------------------------------------------------

    def queryset(self) -> QuerySet[Any]:
        plans = AllocationPlan.objects.filter(status=PlanStatus.IN_FORCE)
        return (
            plans.select_related("pool__event__venue")
            .prefetch_related("lines__channel", "groups")
            .order_by(
                "pool__event__venue__slug",
                "pool__event__starts_at",
                "pool__event",
                "pool__position",
                "pool",
            )
        )

    def rows(self, target: AllocationPlan) -> Iterator[list[Any]]:
        spec = PlanSpec.read(target)
        channels = {line.channel_id: line.channel for line in target.lines.all()}
        for group in spec.groups:
            yield self.show(Part(target.pool, None, group))
        for line in spec.lines:
            yield self.show(Part(target.pool, channels[line.channel_id], line))

    # --- In -------------------------------------------------------------------------------

    def zone(self, target: Part) -> Any:
        return target.pool.event.venue.zone

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        keys = {event_key(values) for values in rows}
        references.load_events(keys)
        references.load_parts(Pool, keys, Pools().queryset())
        references.load_channels()
        named = {_pool_key(values) for values in rows}
        pools = [pool.pk for key, pool in references.parts[Pool].items() if key in named]
        plans = self.queryset().filter(pool__in=[pk for pk in pools if pk])
        references.plans |= {plan.pool_id: PlanSpec.read(plan) for plan in plans}

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        references.venue(values["venue"])
        references.event(event_key(values))
        pool = references.parts[Pool].get(_pool_key(values))
        if pool is None:
            raise Wrong("pool", f"The event has no pool {excerpt(values['pool'])}.")
        code, name = values.get("channel"), values.get("group")
        if (code is None) == (name is None):
            raise Wrong("channel", "A row is of a channel or of a group: name one of the two.")
        spec = references.plans.get(pool.pk or 0, PlanSpec())
        if code is None:
            key = name_key(name or "")
            group = next((group for group in spec.groups if name_key(group.name) == key), None)
            return (*_pool_key(values), "group", key), group and Part(pool, None, group)
        channel = references.channel(values["venue"], code)
        line = spec.line_of(channel.pk) if channel.pk else None
        return (*_pool_key(values), "channel", code), line and Part(pool, channel, line)

    def make(self, values: Mapping[str, Value], references: References) -> Part:
        pool = references.parts[Pool][_pool_key(values)]
        if values.get("channel") is None:
            return Part(pool, None, Group(name=values["group"], units=0))
        channel = references.channel(values["venue"], values["channel"])
        return Part(pool, channel, Line(channel_id=channel.pk or 0, units=0))

    def keep(self, key: Key, target: Part, references: References) -> None:
        """No later row names it."""

    def complete(self, planned: RowChange, references: References) -> None:
        part: Part = planned.target
        zone = self.zone(part)
        before = [column.show(part, zone) for column in self.columns]
        if part.group is not None:
            for name in OF_LINES:
                if planned.values.get(name) not in (None, False):
                    raise Wrong(name, "A group is stock alone: in its row this cell is empty.")
        part.take(planned.values)
        if planned.is_new:
            return
        for column, old in zip(self.columns, before, strict=True):
            if (new := column.show(part, zone)) != old:
                planned.fields.append(column.name)
                planned.changes.append((column.name, shown(old), shown(new)))

    def _validate(self, planned: RowChange) -> Iterator[Wrong]:
        """A row by itself may be anything; ``check_all`` judges the plan that they make."""
        yield from ()

    def check_all(
        self, plans: Sequence[RowChange], references: References
    ) -> Iterator[tuple[Row, Wrong]]:
        """Of each pool whose plan would change, what stands in its way as things are now."""
        by_pool: dict[int, list[RowChange]] = {}
        for planned in plans:
            by_pool.setdefault(id(planned.target.pool), []).append(planned)
        changed = [own for own in by_pool.values() if _ask(own, references)]
        pools = [own[0].target.pk for own in changed if own[0].target.pk]
        references.replanned.update(pools)
        rows: dict[int | None, list[Stock]] = {}
        for row in Stock.objects.filter(pool__in=pools, kind__in=OF_POOLS).order_by("pk"):
            rows.setdefault(row.pool_id, []).append(row)
        for own in changed:
            pool = own[0].target.pool
            if not references.user.has_perm(self.permission("change")):
                yield own[0].row, Wrong("", "You may not change allocation plans.")
                continue
            made = _made(own, references.plans.get(pool.pk or 0, PlanSpec()))
            capacity = references.capacities.get(_pool_key(own[0].values), pool.capacity)
            for problem in made.problems(capacity, rows.get(pool.pk, [])):
                yield made.row_of(problem), Wrong(column_of(problem), problem.message)

    # --- Doing it -------------------------------------------------------------------------

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        """Of pools that the same file has made: nobody sells from them yet."""
        for planned in plans:
            if FIRST in planned.to_settle:
                _put_in_force(planned, planned.to_settle[FIRST], why)

    def settle(self, planned: RowChange, why: Why) -> None:
        if PLAN in planned.to_settle:
            _put_in_force(planned, planned.to_settle[PLAN], why)


def _put_in_force(
    planned: RowChange, rows_and_spec: tuple[Sequence[RowChange], PlanSpec], why: Why
) -> None:
    try:
        apply_plan(
            pool=planned.target.pool,
            spec=_made(*rows_and_spec).spec,
            by=why.by,
            reason=why.reason,
            now=database_now(),
        )
    except PlanRefusedError as error:
        blamed = column_of(error.problems[0])
        raise InvalidInputError(told(error.problems), field=blamed) from error


def _pool_key(values: Mapping[str, Value]) -> Key:
    return (*event_key(values), name_key(values["pool"]))


def _ask(own: Sequence[RowChange], references: References) -> bool:
    """Note at one of a pool's rows that its plan is to change, if it is: also by what is gone."""
    before = references.plans.get(own[0].target.pk or 0, PlanSpec())
    here = {planned.target.key for planned in own}
    codes = {channel.pk: channel.code for channel in references.channels.values()}
    gone = [
        ("channel", codes[line.channel_id]) for line in before.lines if key_of(line) not in here
    ] + [("group", group.name) for group in before.groups if key_of(group) not in here]
    touched = [planned for planned in own if planned.is_new or planned.is_changed]
    if not touched and not gone:
        return False
    # What is gone has no row to say so.
    speaker = (
        next((planned for planned in own if not planned.is_new), own[0]) if gone else touched[0]
    )
    speaker.changes += [(column, name, shown(None)) for column, name in gone]
    speaker.to_settle[PLAN if own[0].target.pk else FIRST] = (own, before)
    return True


def _made(own: Sequence[RowChange], before: PlanSpec) -> Made:
    """The plan that the rows of a pool make; parts of the one in force keep their order."""
    parts: list[Line | Group] = [*before.groups, *before.lines]
    order = {key_of(part): at for at, part in enumerate(parts)}
    lines: list[Line] = []
    groups: list[Group] = []
    rows: dict[int | str, Row] = {}
    for at, planned in enumerate(own, 1):
        part: Part = planned.target
        if isinstance(part.content, Group):
            groups.append(part.content)
            rows[part.content.name] = planned.row
        elif part.channel is not None:
            # A channel of the same file has no number before it is made: one that no other has.
            number = part.channel.pk or -at
            lines.append(replace(part.content, channel_id=number))
            rows[number] = planned.row
    lines.sort(key=lambda line: order.get(key_of(line), len(order)))
    groups.sort(key=lambda group: order.get(key_of(group), len(order)))
    spec = PlanSpec(tuple(lines), tuple(groups), before.note)
    return Made(own[0].target.pool, spec, own[0].row, rows)
