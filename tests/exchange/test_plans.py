"""Plans in files: all rows of a pool are its plan, judged in the dry run, applied at the end."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from allocations.enums import Closes, Draws, MovementKind, Opens
from allocations.models import AllocationPlan, Movement, Stock
from allocations.plans.selectors import plan_in_force
from allocations.plans.spec import Group, Line, PlanSpec
from events.models import Event, Pool
from exchange.enums import FileKind, RunState
from exchange.errors import TooMuchError
from exchange.exports import SOURCES, Bounds, rows_within, sheets_of
from exchange.models import ImportRun
from exchange.writing import csv_lines
from tests.allocations.plans.specs import apply, group, line
from tests.exchange.conftest import LOCAL, STARTS, person
from tests.exchange.files import (
    check,
    check_rows,
    confirm,
    csv_bytes,
    imported,
    problems,
    xlsx_bytes,
)
from tests.exchange.test_round_trips import season
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def rows_for(stage: Stage, *rows: dict[str, Any], pool: str = "GA") -> list[dict[str, Any]]:
    """Rows of a pool; columns that no row names are left out."""
    key = {
        "venue": stage.event.venue.slug,
        "event": "Gala",
        "starts_at": LOCAL,
        "pool": pool,
        "channel": None,
        "group": None,
    }
    named = dict.fromkeys(column for row in rows for column in row)
    return [{**key, **dict.fromkeys(named), **row} for row in rows]


def plan_rows(stage: Stage) -> list[dict[str, Any]]:
    return rows_for(
        stage,
        {"group": "Partners", "guaranteed": "25%", "goes_back": "48h before start"},
        {
            "channel": "web",
            "guaranteed": "60",
            "draws_on": "general",
            "opens": "at 2030-11-01 10:00",
            "closes": "72h before start",
            "floor": 10,
            "ceiling": "80",
            "dynamic": "yes",
        },
        {
            "channel": "agent",
            "guaranteed": 0,
            "draws_on": "Partners",
            "tier": "2",
            "opens": "AFTER  tier",
        },
    )


def file_of(rows: list[dict[str, Any]]) -> bytes:
    return xlsx_bytes({"plans": rows})


def in_force(stage: Stage, pool: str = "GA") -> AllocationPlan:
    plan = plan_in_force(stage.pools[pool])
    assert plan is not None
    return plan


def test_the_rows_of_a_pool_are_its_first_plan(stage: Stage, manager: User) -> None:
    run = imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (3, 0, 0)
    plan = in_force(stage)
    assert (plan.version, plan.reason, plan.applied_by) == (1, "New season", manager)
    web, agent = stage.channels["web"].pk, stage.channels["agent"].pk
    assert PlanSpec.read(plan) == PlanSpec(
        (
            Line(
                channel_id=web,
                units=60,
                draws=Draws.GENERAL,
                opens=Opens.AT,
                opens_at=datetime.fromisoformat("2030-11-01T10:00+05:30"),
                closes=Closes.BEFORE_START,
                closes_hours=72,
                floor=10,
                ceiling=80,
                is_dynamic=True,
            ),
            Line(
                channel_id=agent,
                units=0,
                draws=Draws.GROUP,
                group="Partners",
                tier=2,
                opens=Opens.AFTER_TIER,
            ),
        ),
        (Group(name="Partners", percent=Decimal(25), release_hours=48),),
    )
    assert stage.counters() == Counters(60, 0, 0, 0)
    assert stage.open_row(name="Partners").quantity == 25
    assert stage.row(channel="agent").draws_from == STARTS - 72 * HOUR
    assert_reconciled()


def test_a_changed_row_makes_the_next_version_and_the_rest_stays(
    stage: Stage, manager: User
) -> None:
    imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    before = PlanSpec.read(in_force(stage))
    rows = plan_rows(stage)
    rows[1]["guaranteed"] = "55"
    run = check(manager, file_of(rows), "x.xlsx")
    assert run.changes == [
        ["plans", 3, "GA · web", [["guaranteed", "60", "55"]], False],
    ]
    assert (run.changed_rows, run.unchanged_rows) == (1, 2)
    run = confirm(run, "From 60 to 55, for the hotels")
    assert run.state == RunState.DONE, (run.message, run.problems)
    plan = in_force(stage)
    assert (plan.version, plan.reason) == (2, "From 60 to 55, for the hotels")
    after = PlanSpec.read(plan)
    assert (after.lines[0].units, after.lines[1:], after.groups) == (
        55,
        before.lines[1:],
        before.groups,
    )
    moved = Movement.objects.filter(kind=MovementKind.PLAN, document_id=plan.pk)
    assert sorted(moved.values_list("delta_quantity", flat=True)) == [-5, 5]


def test_columns_that_are_left_out_and_another_order_change_nothing(
    stage: Stage, manager: User
) -> None:
    imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    names = ("venue", "event", "starts_at", "pool", "channel", "group", "guaranteed")
    rows = [{name: row[name] for name in names} for row in reversed(plan_rows(stage))]
    run = imported(manager, csv_bytes(rows))
    assert (run.new_rows, run.changed_rows, run.unchanged_rows) == (0, 0, 3)
    assert in_force(stage).version == 1


def test_empty_cells_take_back_what_can_be_empty(stage: Stage, manager: User) -> None:
    imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    rows = plan_rows(stage)
    for column in ("draws_on", "opens", "closes", "floor", "ceiling", "tier", "dynamic"):
        rows[1][column] = None
    rows[2]["opens"] = None
    imported(manager, file_of(rows), "x.xlsx")
    web = PlanSpec.read(in_force(stage)).lines[0]
    assert web == Line(channel_id=stage.channels["web"].pk, units=60, is_dynamic=True)


def test_a_channel_without_a_row_is_no_longer_in_the_plan(stage: Stage, manager: User) -> None:
    imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    run = check(manager, file_of(plan_rows(stage)[:2]), "x.xlsx")
    assert run.changes == [["plans", 2, "GA · Partners", [["channel", "agent", "–"]], False]]
    assert confirm(run).state == RunState.DONE
    assert [one.channel_id for one in PlanSpec.read(in_force(stage)).lines] == [
        stage.channels["web"].pk
    ]


def test_a_pool_without_rows_keeps_its_plan(stage: Stage, manager: User) -> None:
    apply(stage, line(stage, "web", 5), pool="Park")
    imported(manager, file_of(plan_rows(stage)), "x.xlsx")
    assert in_force(stage, "Park").version == 1


def test_what_is_exported_comes_back_unchanged_and_can_be_changed(
    stage: Stage, superuser: User
) -> None:
    apply(
        stage,
        group('"general"', "12.5", release_hours=1),
        group(" nowhere", 3),
        line(stage, "web", "30", group='"general"'),
        line(stage, "agent", "20.25", group=" nowhere"),
    )
    source = SOURCES["plans"]
    [sheet] = sheets_of([(source, rows_within(source, superuser, Bounds()))], FileKind.CSV)
    text = "".join(csv_lines(sheet))
    run = check(superuser, text.encode(), "x.csv")
    assert (run.problems, run.new_rows, run.changed_rows, run.unchanged_rows) == ([], 0, 0, 4)
    run = imported(superuser, text.replace("30%", "25%").encode(), "x.csv")
    assert (run.changed_rows, run.unchanged_rows) == (1, 3)
    assert PlanSpec.read(in_force(stage)).lines[0].percent == Decimal(25)


def test_a_plan_for_what_the_same_file_makes(superuser: User) -> None:
    sheets = season()
    event = {"venue": "blue-hall", "event": "Diwali Night", "starts_at": "2030-11-05 19:00"}
    pool = {**event, "pool": "General admission"}
    sheets["plans"] = [
        {**pool, "channel": "web", "group": None, "guaranteed": "30%", "draws_on": "Partners"},
        {**pool, "channel": "desk", "group": None, "guaranteed": "200", "draws_on": "general"},
        {**pool, "channel": None, "group": "Partners", "guaranteed": "500", "draws_on": None},
    ]
    run = imported(superuser, xlsx_bytes(sheets), "season.xlsx")
    assert run.new_rows == 14
    rows = Stock.objects.filter(pool=Pool.objects.get(name="General admission"))
    assert set(rows.values_list("channel__code", "name", "quantity")) == {
        ("web", "", 300),
        ("desk", "", 200),
        (None, "Partners", 500),
        (None, "", 0),
    }
    sheets["plans"][2]["guaranteed"] = "501"
    run = check(superuser, xlsx_bytes(sheets), "season.xlsx")
    assert problems(run) == [(2, "", "The plan gives away 1001 of 1000: 1 too many.")]
    assert_reconciled()


def test_a_plan_is_judged_on_the_capacity_and_the_dates_of_its_own_file(
    stage: Stage, manager: User
) -> None:
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    sheets: dict[str, list[dict[str, Any]]] = {
        "events": [{**key, "sales_from": "2030-11-01 10:00"}],
        "pools": [{**key, "pool": "GA", "capacity": 200}],
        "plans": rows_for(
            stage,
            {
                "channel": "web",
                "guaranteed": "75%",
                "draws_on": "general",
                "opens": "48h after on-sale",
            },
        ),
    }
    imported(manager, xlsx_bytes(sheets), "x.xlsx")
    assert stage.counters() == Counters(150, 0, 0, 0)
    assert stage.row().draws_from == datetime.fromisoformat("2030-11-03T10:00+05:30")
    assert_reconciled()


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


def test_another_beginning_of_the_sale_takes_windows_along(stage: Stage, manager: User) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_from=STARTS - 500 * HOUR)
    stage.event.refresh_from_db()
    apply(
        stage,
        line(stage, "web", 10, draws=Draws.GENERAL, opens=Opens.AFTER_ON_SALE, opens_hours=24),
        now=STARTS - 600 * HOUR,
    )
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    run = check_rows(manager, "events", {**key, "sales_from": "2030-11-20 10:00"})
    assert run.problems == []
    assert stage.row().draws_from == STARTS - 476 * HOUR
    assert confirm(run, "A week later").state == RunState.DONE
    assert stage.row().draws_from == datetime.fromisoformat("2030-11-21T10:00+05:30")
    assert Movement.objects.latest("pk").reason == "The dates of the event were changed."
    with nothing_changed():
        run = check_rows(manager, "events", {**key, "sales_from": None})
    assert problems(run) == [
        (
            2,
            "sales_from",
            "GA, web draws from “24h after on-sale”: The event does not say when its sales begin.",
        )
    ]


def test_a_file_takes_away_what_only_the_plan_that_it_replaces_needs(
    stage: Stage, manager: User
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_from=STARTS - 500 * HOUR)
    stage.event.refresh_from_db()
    waits = {"draws": Draws.GENERAL, "opens": Opens.AFTER_ON_SALE, "opens_hours": 24}
    apply(stage, line(stage, "web", 10, **waits))
    key = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    new = {"channel": "web", "guaranteed": "10", "draws_on": "general", "opens": "24h before start"}
    sheets = {"events": [{**key, "sales_from": None}], "plans": rows_for(stage, new)}
    imported(manager, xlsx_bytes(sheets), "x.xlsx")
    assert in_force(stage).version == 2
    assert stage.row().draws_from == STARTS - 24 * HOUR
    assert Event.objects.get(pk=stage.event.pk).sales_from is None

    sheets["events"][0]["sales_from"] = "2030-11-01 10:00"
    sheets["plans"][0]["opens"] = "24h after on-sale"
    imported(manager, xlsx_bytes(sheets), "x.xlsx")
    assert stage.row().draws_from == datetime.fromisoformat("2030-11-02T10:00+05:30")
    # A plan that the file leaves as it is still needs it.
    sheets["events"][0]["sales_from"] = None
    with nothing_changed():
        assert [row[:2] for row in problems(check(manager, xlsx_bytes(sheets), "x.xlsx"))] == [
            (2, "sales_from")
        ]
    assert_reconciled()


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


def test_a_workbook_holds_so_many_lines_of_plans(
    stage: Stage, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(stage, line(stage, "web", 10), line(stage, "agent", group="All"), group("All", 5))
    plans = SOURCES["plans"]
    chosen = [(plans, rows_within(plans, manager, Bounds()))]
    monkeypatch.setattr("exchange.exports.MAX_IN_WORKBOOK", 3)
    [sheet] = sheets_of(chosen, FileKind.XLSX)
    assert len(list(sheet.rows)) == 3
    monkeypatch.setattr("exchange.exports.MAX_IN_WORKBOOK", 2)
    with pytest.raises(TooMuchError, match="more than 2 rows of allocation plans"):
        sheets_of(chosen, FileKind.XLSX)


def test_statements_do_not_grow_with_the_rows_of_a_plan(
    stage: Stage, manager: User, django_assert_max_num_queries: Any
) -> None:
    rows = [
        *rows_for(stage, {"channel": "web", "guaranteed": 1}),
        *rows_for(stage, *({"group": f"g{n}", "guaranteed": 1} for n in range(40))),
    ]
    with django_assert_max_num_queries(60):
        run: ImportRun = check_rows(manager, "plans", *rows)
    assert (run.problems, run.new_rows) == ([], 41)
