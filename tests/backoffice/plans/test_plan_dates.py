"""Dates that are changed on an event's pages take the rules of its plans along."""

from datetime import datetime

import pytest
from django.test import Client

from allocations.enums import Closes, Draws, MovementKind, Opens
from allocations.models import Movement
from events.models import Event
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.backoffice.kit.test_changes import errors_of, form_of
from tests.backoffice.test_actions import act
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

# As they stand in the form, on the venue's clock.
DATES = {
    "starts_at_0": "2090-01-06",
    "starts_at_1": "19:30",
    "sales_from_0": "2089-12-01",
    "sales_from_1": "10:00",
}
STARTS = datetime.fromisoformat("2090-01-06T19:30+05:30")


@kept
def stage(db: None) -> Stage:
    stage = make_stage(
        channels=("web", "agent"),
        give={},
        starts_at=STARTS,
        sales_from=datetime.fromisoformat("2089-12-01T10:00+05:30"),
    )
    apply(
        stage,
        line(stage, "web", 40, draws=Draws.GENERAL, opens=Opens.AFTER_ON_SALE, opens_hours=24),
        line(stage, "agent", 20, release_hours=48),
    )
    return stage


def test_the_form_moves_what_counts_from_its_dates(manager: Client, stage: Stage) -> None:
    url = page(stage.event, "change")
    answer = manager.post(
        url,
        form_of(
            manager,
            url,
            **{**DATES, "sales_from_0": "2089-12-03"},
            reason="Later, the poster says",
        ),
    )
    assert answer.status_code == 302
    moved = datetime.fromisoformat("2089-12-04T10:00+05:30")
    assert stage.row().draws_from == moved
    last = Movement.objects.latest("pk")
    # What the person typed is for the venue; partners read the line.
    assert last.kind == MovementKind.TERMS
    assert last.reason == "The dates of the event were changed."
    assert last.user_id == int(manager.session["_auth_user_id"])


def test_the_form_refuses_a_date_that_leads_a_rule_nowhere(manager: Client, stage: Stage) -> None:
    url = page(stage.event, "change")
    form = form_of(
        manager, url, **{**DATES, "sales_from_0": "", "sales_from_1": ""}, reason="At once"
    )
    with nothing_changed():
        answer = manager.post(url, form)
    assert errors_of(answer) == {
        "sales_from": [
            "GA, web draws from “24h after on-sale”: The event does not say when its sales begin."
        ]
    }


def test_the_form_leaves_stock_alone_where_dates_stay(manager: Client, stage: Stage) -> None:
    before = Movement.objects.count()
    url = page(stage.event, "change")
    answer = manager.post(url, form_of(manager, url, **DATES, name="Another", reason="A name"))
    assert answer.status_code == 302
    assert Movement.objects.count() == before


def test_the_dialog_that_postpones_says_what_follows(manager: Client, stage: Stage) -> None:
    form = {"starts_at": "2090-01-08T19:30", "windows": "keep"}
    with nothing_changed():
        answer = act(manager, stage.event, "postpone", preview="1", reason="", **form)
    body = answer.content.decode()
    assert "GA · agent, unsold goes back" in body
    assert "draws from" not in body
    act(manager, stage.event, "postpone", reason="Storm", **form)
    assert stage.row(channel="agent").releases_at == STARTS


def test_the_dialog_that_postpones_refuses_what_leads_nowhere(
    manager: Client, stage: Stage
) -> None:
    apply(
        stage,
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            opens=Opens.AFTER_ON_SALE,
            opens_hours=24,
            closes=Closes.BEFORE_START,
            closes_hours=600,
        ),
    )
    with nothing_changed():
        answer = act(manager, stage.event, "postpone", starts_at="2089-12-20T19:30", windows="keep")
    assert "GA, web draws until “600h before start”" in answer.content.decode()


def test_the_dialog_that_copies_says_what_becomes_of_plans(manager: Client, stage: Stage) -> None:
    form = {"first": "2090-01-13T19:30", "repeat": "once", "times": "1", "further": ""}
    for chosen, told in (({"with_allocations": "on"}, "in force"), ({}, "wait as drafts")):
        answer = act(manager, stage.event, "copy", preview="1", reason="", **form, **chosen)
        assert f"GA: {told}" in answer.content.decode()
    assert not Event.objects.filter(starts_at__gt=STARTS).exists()
