"""Plans in files that are refused: rows that cannot be meant, and plans that are impossible."""

from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from allocations.models import AllocationPlan
from exchange.enums import RunState
from tests.allocations.plans.specs import apply, line
from tests.exchange.conftest import person
from tests.exchange.files import (
    check,
    check_rows,
    confirm,
    csv_bytes,
    file_of,
    in_force,
    problems,
    rows_for,
)
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def test_the_dry_run_tells_of_each_row_what_the_plan_makes_impossible(
    stage: Stage, manager: User
) -> None:
    stage.sell([("Ticket", 40)])
    rows = rows_for(
        stage,
        {"channel": "web", "guaranteed": "30%"},
        {"channel": "agent", "guaranteed": "0", "draws_on": "Nobody"},
        {"group": "Partners", "guaranteed": "10"},
    )
    with nothing_changed():
        assert problems(check(manager, file_of(rows), "x.xlsx")) == [
            (3, "draws_on", "There is no group “Nobody”.")
        ]
        rows[1].update(draws_on="Partners", ceiling=5, floor=7)
        rows = [{"ceiling": None, "floor": None, **row} for row in rows]
        assert problems(check(manager, file_of(rows), "x.xlsx")) == [
            (3, "ceiling", "The ceiling 5 is below the floor 7.")
        ]
        rows[1].update(ceiling=None, floor=None)
        rows[2].update(guaranteed="80")
        assert problems(check(manager, file_of(rows), "x.xlsx")) == [
            (
                2,
                "guaranteed",
                (
                    "30 would be guaranteed, but 0 are held and 40 sold, and the channel draws on"
                    " no open stock."
                ),
            ),
            (2, "", "The plan gives away 120 of 100: 20 too many."),
        ]


HOSTILE = [
    ("guaranteed", "30 percent", "is neither a number of units such as 120 nor like 30%."),
    ("guaranteed", "-1", "-1 is not between 0 and 10000000."),
    ("guaranteed", "101%", "“101%” is not between 0% and 100%."),
    ("guaranteed", "33.3333%", "has more than two decimals."),
    ("guaranteed", 0.3, "Write percent as text, with its sign"),
    ("guaranteed", True, "is neither a number of units such as 120 nor like 30%."),
    ("guaranteed", "9" * 12, "is not between 0 and 10000000."),
    ("guaranteed", "²", "is neither a number of units such as 120 nor like 30%."),
    ("guaranteed", "=1+1", "The cell holds a formula. Put its value there."),
    ("tier", 21, "21 is not between 1 and 20."),
    ("tier", 0, "0 is not between 1 and 20."),
    ("opens", "soon", "is none of “at once”, “at 2030-11-01 10:00”, “48h after on-sale”,"),
    ("opens", "at tomorrow", "“TOMORROW” is no date and time such as 2026-12-05 19:30."),
    ("opens", "at 9999-01-01 10:00", "A date lies between 2000-01-01 and 2100-01-01, UTC."),
    ("opens", "99999h before start", "99999 hours are not between 0 and 17568."),
    ("opens", "9" * 40 + "h before start", "is none of “at once”"),
    ("closes", "-5h before start", "is none of “never”"),
    ("closes", "48h after opening; DROP TABLE", "is none of “never”"),
    ("goes_back", "48h after on-sale", "is none of “never”, “at 2030-11-01 10:00”,"),
    ("floor", "1.5", "is no whole number such as 250."),
    ("ceiling", "1e9", "is no whole number such as 250."),
    ("dynamic", "perhaps", "is neither yes nor no."),
    ("draws_on", "a\x00b", "holds a NUL character."),
]


@pytest.mark.parametrize(("column", "cell", "message"), HOSTILE, ids=lambda one: str(one)[:20])
def test_a_cell_that_cannot_be_meant_is_named(
    column: str, cell: Any, message: str, stage: Stage, manager: User
) -> None:
    row = {"channel": "web", "guaranteed": "10", column: cell}
    with nothing_changed():
        if isinstance(cell, str):
            run = check(manager, _as_written(stage, row), _name(cell))
        else:
            run = check_rows(manager, "plans", *rows_for(stage, row))
    [(number, blamed, sentence)] = problems(run)
    assert (number, blamed) == (2, column)
    assert message in sentence
    assert not AllocationPlan.objects.exists()


def _name(cell: str) -> str:
    return "x.xlsx" if cell.startswith("=") else "x.csv"


def _as_written(stage: Stage, row: dict[str, Any]) -> bytes:
    rows = rows_for(stage, row)
    is_formula = any(str(cell).startswith("=") for cell in row.values())
    return file_of(rows) if is_formula else csv_bytes(rows)


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ({"guaranteed": 1}, "channel", "name one of the two."),
        ({"channel": "web", "group": "x", "guaranteed": 1}, "channel", "name one of the two."),
        ({"channel": "nobody", "guaranteed": 1}, "channel", "The venue has no channel “nobody”."),
        ({"channel": "web"}, "guaranteed", "The cell is empty."),
        ({"group": "x", "guaranteed": 1, "opens": "at once"}, "opens", "this cell is empty."),
        ({"group": "x" * 101, "guaranteed": 1}, "group", "A group's name has 1 to 100 characters."),
    ],
)
def test_a_row_that_names_nothing_or_too_much_is_refused(
    row: dict[str, Any], column: str, message: str, stage: Stage, manager: User
) -> None:
    rows = rows_for(stage, {"guaranteed": None, **row})
    [(number, blamed, sentence)] = problems(check_rows(manager, "plans", *rows))
    assert (number, blamed) == (2, column)
    assert message in sentence


def test_a_pool_that_is_not_there_and_a_row_that_stands_twice_are_refused(
    stage: Stage, manager: User
) -> None:
    rows = [
        *rows_for(stage, {"channel": "web", "guaranteed": 1}, pool="Moon"),
        *rows_for(stage, {"channel": "web", "guaranteed": 1}),
        *rows_for(stage, {"channel": "web", "guaranteed": 2}),
    ]
    assert problems(check_rows(manager, "plans", *rows)) == [
        (2, "pool", "The event has no pool “Moon”."),
        (4, "", "The same stands in row 3 already."),
    ]


def test_who_may_not_move_stock_changes_no_plan(stage: Stage) -> None:
    clerk = person(Role.AUDITOR, stage)
    clerk.user_permissions.add(_may_import())
    rows = rows_for(stage, {"channel": "web", "guaranteed": 1})
    assert problems(check_rows(clerk, "plans", *rows)) == [
        (2, "", "You may not add allocation plans.")
    ]
    apply(stage, line(stage, "web", 1), line(stage, "agent", 2))
    assert problems(check_rows(clerk, "plans", *rows)) == [
        (2, "", "You may not change allocation plans.")
    ]


def _may_import() -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename="change_importrun")


def test_what_was_sold_since_the_check_ends_the_import_whole(stage: Stage, manager: User) -> None:
    apply(stage, line(stage, "web", 60))
    run = check_rows(manager, "plans", *rows_for(stage, {"channel": "web", "guaranteed": 30}))
    assert run.problems == []
    stage.sell([("Ticket", 31)])
    with nothing_changed():
        run = confirm(run)
    assert run.state == RunState.REJECTED
    [[_sheet, row, column, message]] = run.problems
    assert (row, column) == (2, "guaranteed")
    assert "0 are held and 31 sold" in message
    assert in_force(stage).version == 1


def test_of_a_plan_with_a_row_that_cannot_be_read_only_that_is_told(
    stage: Stage, manager: User
) -> None:
    rows = rows_for(
        stage,
        {"group": "Partners", "guaranteed": "many"},
        {"channel": "agent", "guaranteed": "0", "draws_on": "Partners"},
        {"channel": "web", "guaranteed": "101"},
    )
    with nothing_changed():
        [(row, column, _message)] = problems(check(manager, file_of(rows), "x.xlsx"))
    assert (row, column) == (2, "guaranteed")
