"""What each stock row of a pool becomes under a plan, and what stands in the way. Pure arithmetic.

A channel's own part is its guarantee. What it holds and has sold beyond that counts as drawn, from
the open row that it draws on: the row keeps exactly that much more. An open row of a group has
what the group is guaranteed, and what its channels' ended parts have left to it, less what its
channels have drawn; the general one has the rest. What is
out of sale stays out: a plan divides the rest of the capacity, and percents are of all of it. What waits
to go back (``release.py``) stays as it is.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from allocations.enums import Draws, StockKind
from allocations.ledger import Place, Terms
from allocations.models import Stock
from allocations.plans.shares import exact_share, units_of
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.windows import Unresolved, drawing_windows, release_of
from allocations.setup import Window
from common.names import name_key
from events.models import Event


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot be applied.

    ``channel_id`` or ``group`` names the line, neither the whole plan; ``field`` the input, where
    one is to blame; ``numbers`` explain it.
    """

    message: str
    channel_id: int | None = None
    group: str = ""
    field: str = ""
    numbers: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A stock row as it is and as it would be."""

    row: Stock
    place: Place
    guaranteed: int = 0  # units, after rounding; 0 once released
    exact: Decimal = Decimal(0)  # before rounding
    is_over: bool = False  # whether its unsold units have gone back

    @property
    def gain(self) -> int:
        """Units more (or less) than now."""
        return self.place.quantity - self.row.quantity

    @property
    def waits(self) -> bool:
        """Whether something of it has not gone back although its time is over: its channels may have sold it."""
        return self.is_over and self.row.releases_at is not None

    @property
    def is_change(self) -> bool:
        return self.place != Place(self.row.quantity, self.row.drawn, Terms.of(self.row))


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rows of the pool, the general one last; applied only without problems."""

    changes: Sequence[Change]
    problems: Sequence[Problem]

    @property
    def places(self) -> dict[int, Place]:
        return {change.row.pk: change.place for change in self.changes}


def outcome_of(
    spec: PlanSpec, event: Event, capacity: int, rows: Sequence[Stock], now: datetime
) -> Outcome:
    """Work a plan out over a pool's rows, of which each part has one."""
    return _Working(spec, event, capacity, rows, now).outcome()


def called_alike(spec: PlanSpec, stock: Iterable[str]) -> list[Problem]:
    """Groups whose names differ from those of a pool's shared stock by capitals alone."""
    return [
        Problem(
            f"The pool has shared stock that is called “{name}”: write it so.",
            group=group.name,
            field="name",
        )
        for group in spec.groups
        for name in stock
        if name != group.name and name_key(name) == name_key(group.name)
    ]


class _Working:
    def __init__(
        self, spec: PlanSpec, event: Event, capacity: int, rows: Sequence[Stock], now: datetime
    ) -> None:
        self.spec, self.capacity, self.now = spec, capacity, now
        self.channels = {row.channel_id: row for row in rows if row.kind == StockKind.CHANNEL}
        self.opens = {row.name: row for row in rows if row.kind == StockKind.OPEN}
        self.killed = sum(row.quantity for row in rows if row.kind == StockKind.KILLED)
        self.problems: list[Problem] = []
        self.windows = drawing_windows(spec, event, self._unresolved)
        parts: list[Line | Group] = [*spec.groups, *spec.lines]
        self.ends = {_key(part): self._release(part, event) for part in parts}
        units = units_of(parts, capacity)
        self.units = {_key(part): share for part, share in zip(parts, units, strict=True)}

    def outcome(self) -> Outcome:
        # Who has a row and no line gets nothing.
        lines = {channel: Line(channel_id=channel, units=0) for channel in self.channels if channel}
        lines |= {line.channel_id: line for line in self.spec.lines}
        changes = [self._channel(lines[channel]) for channel in lines]
        drawn: Counter[int | None] = Counter()
        for change in changes:
            drawn[change.place.terms.draws_on_id] += change.place.drawn
        self.problems += called_alike(self.spec, self.opens)
        groups = {name: Group(name=name, units=0) for name in self.opens if name}
        groups |= {group.name: group for group in self.spec.groups}
        returned: Counter[str] = Counter()
        for line in lines.values():
            if line.draws == Draws.GROUP and self._is_over(line):
                returned[line.group] += self.units[line.channel_id]
        changes += [
            self._group(group, drawn[self.opens[group.name].pk], returned[group.name])
            for group in groups.values()
        ]
        return Outcome([*changes, self._general(changes)], self.problems)

    # --- Each part ------------------------------------------------------------------------

    def _channel(self, line: Line) -> Change:
        row = self.channels[line.channel_id]
        if self._waits(row, line):
            return self._as_it_is(row, line)
        guaranteed = self._guaranteed(line)
        used = row.held + row.sold
        terms = self._terms(line, row)
        quantity = max(guaranteed, used)
        numbers = {"guaranteed": guaranteed, "held": row.held, "sold": row.sold}
        if used > guaranteed and terms.draws_on_id is None:
            self._complain(
                line,
                f"{guaranteed} would be guaranteed, but {row.held} are held and {row.sold} sold, "
                "and the channel draws on no open stock.",
                "guarantee",
                **numbers,
            )
        if line.ceiling is not None and quantity > line.ceiling:
            self._complain(
                line,
                f"The ceiling is {line.ceiling}, but its part would be {quantity}: {guaranteed} are "
                f"guaranteed, {row.held} held and {row.sold} sold.",
                "ceiling",
                ceiling=line.ceiling,
                **numbers,
            )
        if line.floor is not None and line.floor > guaranteed and not self._is_over(line):
            self._complain(
                line,
                f"The floor {line.floor} is above the {guaranteed} guaranteed.",
                "floor",
                floor=line.floor,
                guaranteed=guaranteed,
            )
        place = Place(quantity, max(0, used - guaranteed), terms)
        exact = exact_share(line, self.capacity)
        return Change(row, place, guaranteed, exact, self._is_over(line))

    def _terms(self, line: Line, row: Stock) -> Terms:
        window = self.windows.get(line.channel_id, Window(None, None))
        terms = Terms(None, window.start, window.end, line.ceiling, self._ahead(line))
        general = self.opens[""].pk
        match line.draws:
            case Draws.GENERAL:
                return replace(terms, draws_on_id=general)
            case Draws.GROUP:
                group = self.opens[line.group]
                if row.draws_on_id == group.pk and self._waits(group, Group(name=line.group)):
                    return Terms.of(row)
                terms = replace(terms, draws_on_id=group.pk)
                over = self.ends[line.group]
            case _:
                over = self.ends.get(line.channel_id)
        # Once it is over, what is given back has to know its way.
        if over is not None and over <= self.now:
            return closed_terms(terms, general, over)
        return terms

    def _group(self, group: Group, drawn: int, returned: int) -> Change:
        """``returned``: what of its channels' own parts has gone back to it."""
        row = self.opens[group.name]
        if self._waits(row, group):
            return self._as_it_is(row, group)
        guaranteed = self._guaranteed(group)
        open_row = 0 if self._is_over(group) else guaranteed + returned
        if drawn > open_row:
            message = (
                f"{open_row} would be guaranteed to “{group.name}”, but its channels hold and have "
                f"sold {drawn} beyond their own parts."
            )
            numbers = {"guaranteed": open_row, "drawn": drawn}
            self.problems.append(
                Problem(message, group=group.name, field="guarantee", numbers=numbers)
            )
        place = Place(max(0, open_row - drawn), 0, Terms(releases_at=self._ahead(group)))
        exact = exact_share(group, self.capacity)
        return Change(row, place, guaranteed, exact, self._is_over(group))

    def _general(self, changes: Sequence[Change]) -> Change:
        allotment = sum(change.place.quantity for change in changes)
        on_sale = self.capacity - self.killed
        if allotment > on_sale:
            out = f", {self.killed} of them out of sale" if self.killed else ""
            message = (
                f"The plan gives away {allotment} of {self.capacity}{out}:"
                f" {allotment - on_sale} too many."
            )
            numbers = {"given": allotment, "capacity": self.capacity}
            self.problems.append(Problem(message, numbers=numbers))
        return Change(self.opens[""], Place(max(0, on_sale - allotment), 0, Terms()))

    # --- What holds of lines and groups alike -----------------------------------------------

    def _waits(self, row: Stock, part: Line | Group) -> bool:
        """Whether the row has its time of release still although it is over: the release is what ends it."""
        end = self.ends.get(_key(part))
        return end is not None and end <= self.now and row.releases_at == end

    def _as_it_is(self, row: Stock, part: Line | Group) -> Change:
        place = Place(row.quantity, row.drawn, Terms.of(row))
        return Change(row, place, 0, exact_share(part, self.capacity), is_over=True)

    def _guaranteed(self, part: Line | Group) -> int:
        return 0 if self._is_over(part) else self.units.get(_key(part), 0)

    def _ahead(self, part: Line | Group) -> datetime | None:
        return None if self._is_over(part) else self.ends.get(_key(part))

    def _is_over(self, part: Line | Group) -> bool:
        end = self.ends.get(_key(part))
        return end is not None and end <= self.now

    def _release(self, part: Line | Group, event: Event) -> datetime | None:
        try:
            return release_of(part, event)
        except Unresolved as error:
            self._unresolved(part, error)
            return None

    def _unresolved(self, part: Line | Group, error: Unresolved) -> None:
        if isinstance(part, Line):
            self._complain(part, error.message, error.field)
        else:
            self.problems.append(Problem(error.message, group=part.name, field=error.field))

    def _complain(self, line: Line, message: str, field: str, **numbers: int) -> None:
        self.problems.append(Problem(message, line.channel_id, field=field, numbers=numbers))


def _key(part: Line | Group) -> int | str:
    return part.channel_id if isinstance(part, Line) else part.name


def closed_terms(terms: Terms, open_row: int, end: datetime) -> Terms:
    """Terms of a row that gives back to an open row, and from ``end`` on draws no more."""
    until = end if terms.draws_until is None else min(end, terms.draws_until)
    start = terms.draws_from if terms.draws_from and terms.draws_from < until else None
    return replace(terms, draws_on_id=open_row, draws_from=start, draws_until=until)
