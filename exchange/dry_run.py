"""What a file would do: every row read, found or made, and checked; nothing is written."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from common.names import name_key
from exchange.base import Key, Row, RowChange, Table, Wrong
from exchange.cell_types import BadCell, Value, plain
from exchange.models import MAX_CHANGES, MAX_PROBLEMS
from exchange.reading import Problem, Sheet
from exchange.references import References

TOO_MANY_SETTLED = (
    "The file changes capacities, limits, components or plans in {count} rows of what is there "
    "already; at most {maximum} can be changed at once, because sales wait for them. Split the file."
)
NOWHERE = ZoneInfo("UTC")
# Each locks stock that is being sold, until the commit.
MAX_SETTLED = 200
# Rows between two signs of life.
STEP = 50


@dataclass(slots=True)
class Plan:
    """The rows of each table, in order; the problems, of which the first are kept."""

    sheets: list[tuple[Table, list[RowChange]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    # What it sets off at once, in sentences; whoever confirms it confirms these.
    at_once: list[str] = field(default_factory=list)
    # The events that the file names and that are there.
    event_ids: frozenset[int] = frozenset()

    def complain(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    @property
    def rows(self) -> list[RowChange]:
        return [planned for _table, plans in self.sheets for planned in plans]

    def settled(self) -> list[RowChange]:
        """Those of objects that others sell from: a capacity, a limit, a plan, an item's parts."""
        return [
            planned
            for planned in self.rows
            # The first plan of a pool that is there is new, and its stock is not.
            if planned.to_settle and (not planned.is_new or "plan" in planned.to_settle)
        ]

    def counts(self) -> dict[str, int]:
        rows = self.rows
        new = sum(planned.is_new for planned in rows)
        changed = sum(planned.is_changed for planned in rows)
        return {
            "new_rows": new,
            "changed_rows": changed,
            "unchanged_rows": len(rows) - new - changed,
        }

    def changes(self) -> list[list[object]]:
        """Sheet, row, name and columns from → to, of the first rows that do something.

        A new row's columns come from nothing.
        """
        return [
            [
                planned.table.name,
                planned.row.number,
                str(planned.target),
                [list(change) for change in _told(planned)],
                planned.is_new,
            ]
            for planned in self._touched()[:MAX_CHANGES]
        ]

    def digest(self) -> str:
        """The same for two plans of a file that do the same to the same objects."""
        doing = [
            [
                planned.table.name,
                planned.row.number,
                planned.target.pk,
                planned.key,
                planned.changes,
                sorted(planned.to_settle),
                planned.values if planned.is_new else None,
            ]
            for planned in self._touched()
        ]
        return sha256(json.dumps([doing, self.at_once], default=str).encode()).hexdigest()

    def _touched(self) -> list[RowChange]:
        return [planned for planned in self.rows if planned.is_new or planned.is_changed]


def _told(planned: RowChange) -> list[tuple[str, str, str]]:
    if not planned.is_new:
        return planned.changes
    return [*planned.table.values_of_new(planned), *planned.changes]


def make_plan(
    sheets: Sequence[Sheet],
    user: User,
    *,
    lock: bool = False,
    tell: Callable[[int], None] = lambda _done: None,
) -> Plan:
    """Plan all sheets for a person; with ``lock``, what may change is locked until the commit."""
    plan = Plan()
    references = References(user, lock=lock)
    references.load_venues(_venues_named(sheets))
    done = 0
    planners = []
    for sheet in sheets:
        for problem in sheet.problems:
            plan.complain(problem)
        planner = _SheetPlanner(sheet, references, plan)
        planners.append(planner)
        plan.sheets.append((sheet.table, planner.plans))
        for _row in planner.work(user):
            done += 1
            if done % STEP == 0:
                tell(done)
    for planner in planners:
        planner.check_last()
    plan.event_ids = references.event_ids()
    if not plan.problem_count:
        now = timezone.now()
        plan.at_once = [
            sentence
            for table, rows in plan.sheets
            for sentence in table.at_once(rows, references, now)
        ]
    if (count := len(plan.settled())) > MAX_SETTLED:
        plan.complain(Problem("", 0, "", TOO_MANY_SETTLED.format(count=count, maximum=MAX_SETTLED)))
    return plan


def _venues_named(sheets: Sequence[Sheet]) -> set[str]:
    return {
        plain(cell)
        for sheet in sheets
        for row in sheet.rows
        if (cell := row.cells.get("venue")) is not None and "\x00" not in plain(cell)
    }


class _SheetPlanner:
    """The rows of one sheet, among what the sheets before it will have made."""

    def __init__(self, sheet: Sheet, references: References, plan: Plan) -> None:
        self.sheet = sheet
        self.table = sheet.table
        self.references = references
        self.plan = plan
        self.plans: list[RowChange] = []

    def work(self, user: User) -> Iterator[Row]:
        """Plan the sheet, and tell of each row when it is through."""
        readable: list[tuple[Row, Mapping[str, Value]]] = []
        for row in self.sheet.rows:
            values = self._read(row)
            if values is None:
                yield row
            else:
                readable.append((row, values))
        self.table.load([values for _row, values in readable], self.references)
        seen: dict[Key, int] = {}
        for row, values in readable:
            self._plan_row(row, values, seen, user)
            yield row
        for row, wrong in self.table.check_all(self._judged(), self.references):
            self._complain(row, wrong)

    def check_last(self) -> None:
        for row, wrong in self.table.check_last(self.plans, self.references):
            self._complain(row, wrong)

    def _judged(self) -> list[RowChange]:
        """The rows of which all can be told: without one that is wrong the others mean nothing."""
        if not self.table.whole:
            return self.plans
        planned = {change.row.number for change in self.plans}
        broken = {self._whole(row) for row in self.sheet.rows if row.number not in planned}
        return [change for change in self.plans if self._whole(change.row) not in broken]

    def _whole(self, row: Row) -> tuple[str, ...]:
        return tuple(name_key(plain(row.cells.get(name) or "")) for name in self.table.whole)

    def _plan_row(
        self, row: Row, values: Mapping[str, Value], seen: dict[Key, int], user: User
    ) -> None:
        try:
            key, planned, wrong = self.table.plan(row, values, self.references, user)
        except Wrong as error:
            self._complain(row, error)
            return
        if (first := seen.setdefault(key, row.number)) != row.number:
            self._complain(row, Wrong("", f"The same stands in row {first} already."))
            return
        for problem in wrong:
            self._complain(row, problem)
        if planned.is_new:
            self.table.keep(key, planned.target, self.references)
        self.plans.append(planned)

    def _read(self, row: Row) -> Mapping[str, Value] | None:
        """The values by column, ``None`` for an empty cell; or nothing if one cannot be read."""
        zone = self._zone(row)
        values: dict[str, Value] = {}
        good = not row.is_bad
        for column in self.table.columns:
            if column.name not in row.cells:
                continue
            raw = row.cells[column.name]
            if raw is None or plain(raw) == "":
                values[column.name] = None
                if column.required:
                    self._complain(row, Wrong(column.name, "The cell is empty."))
                    good = False
                continue
            try:
                values[column.name] = column.kind.read(raw, zone or NOWHERE)
            except BadCell as error:
                self._complain(row, Wrong(column.name, str(error)))
                good = False
        return values if good else None

    def _zone(self, row: Row) -> ZoneInfo | None:
        slug = row.cells.get("venue")
        return self.references.zone(plain(slug)) if slug is not None else None

    def _complain(self, row: Row, wrong: Wrong) -> None:
        message = wrong.message.replace("\x00", "\ufffd")[:500]
        self.plan.complain(Problem(self.sheet.title, row.number, wrong.column, message))
