"""Several rows of a list are changed by one question, all of them or none."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from allocations.models import Listing, SalesChannel
from backoffice.kit import bulk
from events.enums import EventStatus
from events.models import Event, Item
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage, make_event, make_stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def choose(client: Client, model: Any, action: str, *rows: Any, **more: Any) -> Any:
    """Choose rows in a list and an action; with ``apply``, answer its question."""
    form = {"action": action, "_selected_action": [one.pk for one in rows], **more}
    return client.post(page(model, "changelist"), form)


def stopped() -> dict[str, str]:
    return dict(Listing.objects.values_list("channel__name", "stop_reason"))


def test_a_choice_is_asked_about_before_anything_changes(manager: Client, stage: Stage) -> None:
    rows = (stage.listing(), stage.listing(channel="agent"))
    with nothing_changed():
        answer = choose(manager, Listing, "stop_selected", *rows)
    body = answer.content.decode()
    assert "These 2 will be changed" in body
    assert "Ticket · web" in body


def test_all_of_them_are_changed_with_the_reason(manager: Client, stage: Stage) -> None:
    rows = (stage.listing(), stage.listing(channel="agent"))
    answer = choose(manager, Listing, "stop_selected", *rows, apply="1", reason="Fraud")
    assert answer.status_code == 302
    assert stopped() == {"web": "Fraud", "agent": "Fraud"}
    assert {row.history.latest("history_id").history_change_reason for row in rows} == {"Fraud"}


def test_without_a_reason_none_is_changed(manager: Client, stage: Stage) -> None:
    with nothing_changed():
        answer = choose(manager, Listing, "stop_selected", stage.listing(), apply="1", reason="")
    assert "This field is required." in answer.content.decode()


def test_what_makes_no_sense_is_left_out_and_named(manager: Client, stage: Stage) -> None:
    web, agent = stage.listing(), stage.listing(channel="agent")
    choose(manager, Listing, "stop_selected", web, apply="1", reason="Fraud")
    body = choose(manager, Listing, "stop_selected", web, agent).content.decode()
    assert "This one will be changed" in body
    assert "Left as they are" in body
    choose(manager, Listing, "stop_selected", web, agent, apply="1", reason="Storm")
    assert stopped() == {"web": "Fraud", "agent": "Storm"}


def test_one_refusal_leaves_all_as_they_were(manager: Client, stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    empty = make_event(stage.event.venue, status=EventStatus.DRAFT)
    with nothing_changed():
        answer = choose(
            manager, Event, "publish_selected", stage.event, empty, apply="1", reason="Open"
        )
    assert "Nothing could be sold" in answer.content.decode()


def test_rows_of_another_venue_are_not_among_the_chosen(
    manager: Client, stage: Stage, other: Stage
) -> None:
    choose(
        manager,
        Listing,
        "stop_selected",
        stage.listing(),
        other.listing(),
        apply="1",
        reason="Fraud",
    )
    assert other.listing().stop_reason == ""
    assert stage.listing().stop_reason == "Fraud"


def test_who_may_not_change_them_is_offered_no_action(stage: Stage, sign_in: SignIn) -> None:
    office = sign_in(person(Role.BOX_OFFICE, stage))
    for model, row in ((Event, stage.event), (Item, stage.items["Ticket"])):
        with nothing_changed():
            answer = choose(office, model, "stop_selected", row, apply="1", reason="x")
        assert answer.status_code in {200, 302}  # Django: no such action
        assert "stop_selected" not in office.get(page(model, "changelist")).content.decode()


def test_too_many_are_refused_with_the_number(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_AT_ONCE", 1)
    rows = (stage.listing(), stage.listing(channel="agent"))
    with nothing_changed():
        choose(manager, Listing, "stop_selected", *rows, apply="1", reason="Fraud")
    assert "At most 1 are changed at once" in manager.get("/admin/").content.decode()


def test_events_are_paused_together(superuser: Client) -> None:
    stages = [make_stage(), make_stage()]
    rows = [stage.event for stage in stages]
    choose(superuser, Event, "pause_selected", *rows, apply="1", reason="Rain")
    assert set(Event.objects.values_list("status", flat=True)) == {EventStatus.PAUSED}


def test_the_chosen_are_stopped_before_anything_of_them_is_locked_and_no_lock_is_waited_for(
    superuser: Client,
) -> None:
    first, second = make_stage(), make_stage()
    rows = [second.channels["web"], first.channels["web"]]
    with CaptureQueriesContext(connection) as asked:
        choose(superuser, SalesChannel, "stop_selected", *rows, apply="1", reason="Fraud")
    statements = [one["sql"] for one in asked]
    stop = next(
        n for n, sql in enumerate(statements) if sql.startswith("INSERT INTO allocations_stop")
    )
    locks = [n for n, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql]
    assert stop < min(locks)
    assert "SKIP LOCKED" in statements[locks[0]]
    # What is locked once more, as each save does, is held already: no lock is waited for.
    again = [statements[number] for number in locks if "SKIP LOCKED" not in statements[number]]
    assert all('FROM "events_event"' in sql for sql in again)
    assert {channel.pk for channel in rows} == set(
        SalesChannel.objects.filter(stop_reason="Fraud").values_list("pk", flat=True)
    )
