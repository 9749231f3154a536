"""Carrying out a plan: set-up first, in the order of the sheets; then what touches what is sold.

Everything happens in the caller's transaction. Stock rows that others sell from are locked only
at its end, all of them before the first is changed.
"""

from collections.abc import Callable
from functools import partial

from django.db import connection

from common.refusals import EXPECTED, explain
from exchange.base import RowChange, Table, Why
from exchange.dry_run import Plan
from exchange.locks import lock_stock
from exchange.reading import Problem

# How many objects of a sheet the run's page names and links.
NAMED = 20


class RowsRefused(Exception):
    """A row that the services or the database refused, as a problem of the file."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def carry_out(plan: Plan, why: Why, *, tell: Callable[[int], None]) -> list[dict[str, object]]:
    """Do what the plan says; returns what each sheet made and changed.

    Raises ``RowsRefused`` when something has changed since it was planned.
    """
    done = 0
    for table, plans in plan.sheets:
        for start in range(0, len(plans), table.chunk):
            chunk = plans[start : start + table.chunk]
            doing = [planned for planned in chunk if planned.is_new or planned.is_changed]
            if doing:
                _try(partial(table.apply, doing, why), doing)
            done += len(chunk)
            tell(done)
    lock_stock(plan)
    # What a plan in force needs of its event's dates may be gone with the plan itself.
    for planned in sorted(plan.settled(), key=lambda change: "dates" in change.to_settle):
        _try(partial(planned.table.settle, planned, why), [planned])
    # Constraints that wait for the commit speak now, while a row can still be blamed on them.
    _try(connection.check_constraints, plan.rows)
    return [_result(table, plans) for table, plans in plan.sheets]


def _try(action: Callable[[], object], rows: list[RowChange]) -> None:
    try:
        action()
    except EXPECTED as error:
        field, sentences = explain(error, {})
        raise RowsRefused(
            Problem(
                tables.pop() if len(tables := {row.table.name for row in rows}) == 1 else "",
                rows[0].row.number if len(rows) == 1 else 0,
                field or "",
                " ".join(sentences),
            )
        ) from error


def _result(table: Table, plans: list[RowChange]) -> dict[str, object]:
    touched = [planned for planned in plans if planned.is_new or planned.is_changed]
    new = sum(planned.is_new for planned in touched)
    return {
        "table": table.name,
        "new": new,
        "changed": len(touched) - new,
        "unchanged": len(plans) - len(touched),
        "named": [[planned.target.pk, str(planned.target)] for planned in touched[:NAMED]],
    }
