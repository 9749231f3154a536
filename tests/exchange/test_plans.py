"""Plans in files: all rows of a pool are its plan, judged in the dry run, applied at the end."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from allocations.enums import Closes, Draws, MovementKind, Opens
from allocations.models import Movement, Stock
from allocations.plans.spec import Group, Line, PlanSpec
from common.sheets import csv_lines
from events.models import Pool
from exchange.enums import FileKind, RunState
from exchange.errors import TooMuchError
from exchange.exports import SOURCES, Bounds, rows_within, sheets_of
from exchange.models import ImportRun
from tests.allocations.plans.specs import apply, group, line
from tests.exchange.conftest import HOUR, STARTS
from tests.exchange.files import (
    check,
    check_rows,
    confirm,
    csv_bytes,
    file_of,
    imported,
    in_force,
    problems,
    rows_for,
    xlsx_bytes,
)
from tests.exchange.test_round_trips import season
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


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
