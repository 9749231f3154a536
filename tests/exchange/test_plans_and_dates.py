"""Plans and the dates of their event in one file: each is judged on what the file makes of the other."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from allocations.enums import Draws, Opens
from allocations.models import Movement
from events.models import Event
from exchange.enums import RunState
from tests.allocations.plans.specs import apply, line
from tests.exchange.conftest import HOUR, LOCAL, STARTS
from tests.exchange.files import (
    check,
    check_rows,
    confirm,
    imported,
    in_force,
    problems,
    rows_for,
    xlsx_bytes,
)
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


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
