"""An event's timeline: who changed what, from what to what, when and why; and no buyer in it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from allocations import ledger, services
from allocations.enums import SETUP_MOVEMENTS, MovementKind
from allocations.models import Movement
from backoffice.events import timeline as event_timeline
from common.actor import SYSTEM, Actor
from common.history import save_because
from events.models import Component, Event, Item
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_lists import queries
from tests.backoffice.test_actions import act, assert_done
from tests.factories import Stage, make_item

pytestmark = pytest.mark.django_db


def address(event: Event) -> str:
    return reverse("admin:events_event_timeline", args=(event.pk,))


def entries(client: Client, event: Event, **asked: Any) -> list[Any]:
    answer = client.get(address(event), asked)
    assert answer.status_code == 200
    return list(answer.context["entries"])


def table(client: Client, event: Event, **asked: Any) -> list[dict[str, str]]:
    answer = client.get(address(event), {"format": "csv", **asked})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def user_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_a_change_of_set_up_says_from_what_to_what(manager: Client, stage: Stage) -> None:
    stage.event.name = "Renamed"
    save_because(stage.event, "Misprint", by=Actor.person(user_of(manager)), fields=("name",))
    newest = entries(manager, stage.event)[0]
    [step] = newest.steps
    assert (step.name, step.after) == ("Name", "Renamed")
    assert step.before.startswith("Event ")
    assert (newest.reason, newest.who) == ("Misprint", str(user_of(manager)))
    body = manager.get(address(stage.event)).content.decode()
    assert "“Misprint”" in body


def test_a_change_of_quantity_has_its_balances_and_its_movement(
    manager: Client, stage: Stage
) -> None:
    assert_done(act(manager, stage.pools["GA"], "set_capacity", capacity=130, reason="More room"))
    newest = entries(manager, stage.event, part="stock")[0]
    assert [(step.before, step.after) for step in newest.steps] == [("0", "30")]
    assert newest.reason == "More room"
    url = reverse("admin:allocations_movement_change", args=(newest.movement_id,))
    assert manager.get(url).status_code == 200


def test_parts_of_the_event_are_in_it_also_when_they_are_gone(
    manager: Client, stage: Stage
) -> None:
    item = make_item(stage.event, "Spare", {stage.pools["GA"]: 2})
    Component.objects.filter(item=item).get().delete()
    Item.objects.get(pk=item.pk).delete()
    found = [(entry.subject, entry.verb) for entry in entries(manager, stage.event)[:4]]
    assert ("Item Spare", "deleted") in found
    assert ("Component 2 × GA", "deleted") in found


def test_times_and_choices_are_put_into_words(manager: Client, stage: Stage) -> None:
    assert_done(act(manager, stage.event, "pause", reason="Rain"))
    [step] = entries(manager, stage.event)[0].steps
    assert (step.before, step.after) == ("On sale", "Paused")
    event = Event.objects.get(pk=stage.event.pk)
    event.sales_from = event.starts_at - timedelta(days=1)
    save_because(event, "Later", fields=("sales_from",))
    [step] = entries(manager, stage.event)[0].steps
    assert step.before == "–"
    assert step.after.endswith("IST")


def test_it_can_be_asked_by_part_person_and_day(manager: Client, stage: Stage) -> None:
    assert_done(act(manager, stage.pools["GA"], "set_capacity", capacity=130))
    assert_done(act(manager, stage.event, "pause"))
    me = user_of(manager)
    assert {entry.part for entry in entries(manager, stage.event, part="setup")} == {"setup"}
    mine = entries(manager, stage.event, who=me.pk)
    assert {entry.user_id for entry in mine} == {me.pk}
    assert len(mine) == 3  # the status, the pool's capacity, the open row's quantity
    today = timezone.now().astimezone(stage.event.venue.zone).date()
    assert entries(manager, stage.event, until=today - timedelta(days=1)) == []
    assert len(entries(manager, stage.event, since=today, who=me.pk)) == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"who": "x"},
        {"who": "99999999999999999999"},
        {"since": "yesterday"},
        {"until": "9999-12-31"},
        {"part": "x"},
        {"before": "x"},
        {"before": "2020-13-45T00:00"},
        {"before": "\x00"},
        {"before": "2026-01-01T00:00:00+23:59:59"},
        {"before": "0001-01-01T00:00:00+14:00"},
        {"before": "2026-01-01T00:00:00Z", "passed": "-1"},
        {"before": "2026-01-01T00:00:00Z", "passed": "9" * 30},
    ],
)
def test_nonsense_in_the_address_is_no_failure(
    asked: dict[str, str], manager: Client, stage: Stage
) -> None:
    assert manager.get(address(stage.event), asked).status_code == 200
    assert manager.get(address(stage.event), {**asked, "format": "csv"}).status_code == 200


def test_older_pages_go_on_where_the_page_ended(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_timeline, "PER_PAGE", 3)
    pool = stage.pools["GA"]
    for capacity in range(110, 160, 10):
        assert_done(act(manager, pool, "set_capacity", capacity=capacity))
    whole = [row["what"] + row["at"] for row in table(manager, stage.event)]
    read: list[str] = []
    query = "?"
    for _ in range(30):
        answer = manager.get(address(stage.event) + query)
        for entry in answer.context["entries"]:
            moment = entry.at.astimezone(stage.event.venue.zone).isoformat()
            read += [entry.verb + moment] * max(1, len(entry.steps))
        query = answer.context["further"]
        if not query:
            break
    assert sorted(read) == sorted(whole)


def test_the_table_evaluates_nothing(manager: Client, stage: Stage) -> None:
    with transaction.atomic():
        services.set_capacity(pool=stage.pools["GA"], capacity=130, by=SYSTEM, reason="=1+1")
    reasons = {row["reason"] for row in table(manager, stage.event)}
    assert "'=1+1" in reasons
    assert "=1+1" not in reasons


def test_sales_and_buyers_are_not_in_it(manager: Client, stage: Stage) -> None:
    before = len(entries(manager, stage.event))
    stage.sell(contact={"name": "Asha Rao", "email": "asha@example.com"}, reference="REF-1")
    assert len(entries(manager, stage.event)) == before
    body = manager.get(address(stage.event)).content.decode()
    assert "Asha Rao" not in body
    assert "REF-1" not in body


def test_a_longer_history_asks_no_more_of_the_database(manager: Client, stage: Stage) -> None:
    assert_done(act(manager, stage.event, "pause"))
    assert_done(act(manager, stage.pools["GA"], "set_capacity", capacity=101))
    queries(manager, address(stage.event))
    one = queries(manager, address(stage.event))
    for capacity in (110, 120, 130):
        assert_done(act(manager, stage.event, "publish"))
        assert_done(act(manager, stage.pools["GA"], "set_capacity", capacity=capacity))
        assert_done(act(manager, stage.event, "pause"))
    assert queries(manager, address(stage.event)) == one <= 25


def test_it_obeys_venue_and_role(
    manager: Client, stage: Stage, other: Stage, sign_in: SignIn
) -> None:
    assert manager.get(address(other.event)).status_code == 404
    assert manager.get(address(other.event), {"format": "csv"}).status_code == 404
    auditor = sign_in(person(Role.AUDITOR, stage))
    assert auditor.get(address(stage.event)).status_code == 200
    nobody = sign_in(person(Role.PARTNER, stage))
    assert nobody.get(address(stage.event)).status_code == 403
    assert Client().get(address(stage.event)).status_code == 302


def test_a_table_that_would_be_cut_is_refused(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_timeline, "MAX_EXPORTED", 1)
    answer = manager.get(address(stage.event), {"format": "csv"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "A table holds at most 1 entries, and there are more" in answer.content.decode()


def test_many_entries_of_one_moment_hide_nothing_older(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One ledger call makes many movements of the same moment: a page may end among them."""
    monkeypatch.setattr(event_timeline, "PER_PAGE", 2)
    row, target = stage.row(), stage.row(channel="agent")
    moves = (ledger.Entry(row.pk, quantity=-1), ledger.Entry(target.pk, quantity=1))
    with transaction.atomic():
        ledger.post([ledger.Group(MovementKind.MOVE, moves)] * 4, by=SYSTEM, reason="test")
    read: list[int] = []
    query = "?part=stock"
    while query:
        answer = manager.get(address(stage.event) + query)
        read += [entry.movement_id for entry in answer.context["entries"]]
        query = answer.context["further"]
    kinds = Movement.objects.filter(kind__in=SETUP_MOVEMENTS, stock__event=stage.event)
    assert sorted(read) == sorted(kinds.values_list("pk", flat=True))
    assert len(read) > 8


def test_an_empty_page_says_how_to_see_more(manager: Client, stage: Stage) -> None:
    answer = manager.get(address(stage.event), {"until": "2020-01-01"})
    assert answer.context["entries"] == []
    body = answer.content.decode()
    assert "No entry fits what you have chosen above." in body
    assert f'<a class="finlo-link" href="{address(stage.event)}">Show everything</a>' in body


def test_changed_drawing_terms_are_told_from_what_to_what(manager: Client, stage: Stage) -> None:
    row, open_row = stage.row(), stage.open_row()
    until = datetime(2026, 12, 24, 12, 30, tzinfo=UTC)
    terms = ledger.Terms(draws_on_id=open_row.pk, draws_until=until, ceiling=1_500)
    ledger.set_terms({row.pk: terms}, by=SYSTEM, reason="As agreed")
    newest = entries(manager, stage.event, part="stock")[0]
    assert [(step.name, step.before, step.after) for step in newest.steps] == [
        ("Draws on", "–", str(open_row)),
        ("Draws until", "–", "24 Dec 2026, 18:00 IST"),
        ("Ceiling", "–", "1,500"),
    ]
    body = manager.get(reverse("admin:allocations_movement_change", args=(newest.movement_id,)))
    assert "Draws until: – → 24 Dec 2026, 18:00 IST" in body.content.decode()
