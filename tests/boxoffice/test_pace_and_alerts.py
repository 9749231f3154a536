"""What a screen shows beside the counts: how fast each channel sells, and the open alerts that the reader may see."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import boxoffice.views
from accounts.models import User
from alerts.enums import Severity
from alerts.models import Alert
from boxoffice.pace import KEPT, SLOT, SLOTS, Paces, Tickets, pace_json, slot_of
from sales.models import Booking
from tests.alerts.making import make_alert
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.waiting import until

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"), give={("GA", "agent"): 30, ("GA", "web"): 30})


@kept
def other(db: None) -> Stage:
    return make_stage(channels=("other-web",))


@pytest.fixture(autouse=True)
def _nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxoffice.views, "paces", Paces())


@pytest.fixture
def client(person: User) -> Client:
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def address(stage: Stage) -> str:
    return reverse("boxoffice:pace-and-alerts", args=[stage.event.pk])


def answer(client: Client, stage: Stage) -> dict[str, Any]:
    got: dict[str, Any] = client.get(address(stage)).json()
    return got


def sold_ago(stage: Stage, channel: str, tickets: int, ago: timedelta) -> None:
    stage.sell((("Ticket", tickets),), channel=channel)
    newest = Booking.objects.order_by("-pk")[0]
    Booking.objects.filter(pk=newest.pk).update(
        confirmed_at=timezone.now() - ago, created_at=timezone.now() - ago
    )


def test_tickets_stand_in_the_ten_minutes_in_which_their_channel_sold_them(
    stage: Stage, client: Client
) -> None:
    sold_ago(stage, "agent", 3, timedelta())
    sold_ago(stage, "agent", 2, SLOT * 3)
    sold_ago(stage, "web", 4, SLOT * (SLOTS - 1))
    sold_ago(stage, "web", 9, SLOT * (SLOTS + 1))  # too long ago
    pace = answer(client, stage)["pace"]
    series = {one["channel"]: one for one in pace["channels"]}
    agent = series[stage.channels["agent"].pk]
    web = series[stage.channels["web"].pk]
    assert [agent["slots"][-1], agent["slots"][-4], sum(agent["slots"])] == [3, 2, 5]
    assert agent["last_hour"] == 5
    assert web["slots"] == [4] + [0] * (SLOTS - 1)
    assert web["last_hour"] == 0


def test_who_sells_through_some_channels_sees_the_pace_of_these_alone(
    stage: Stage, person: User, client: Client
) -> None:
    sold_ago(stage, "agent", 1, timedelta())
    sold_ago(stage, "web", 1, timedelta())
    person.channels.remove(stage.channels["web"])
    channels = [one["channel"] for one in answer(client, stage)["pace"]["channels"]]
    assert channels == [stage.channels["agent"].pk]


def test_a_hundred_screens_cost_one_statement_a_minute_for_the_pace(
    stage: Stage, client: Client
) -> None:
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(address(stage))
        counts.append(len(queries))
    assert counts[1:] == [counts[0] - 1] * 2
    assert counts[0] <= 12


NOON = datetime(2026, 6, 1, 12, 4, tzinfo=UTC)


def test_what_was_read_is_kept_and_only_the_last_slots_are_read_again() -> None:
    asked: list[datetime] = []
    last = slot_of(NOON)

    def read(_event: int, since: datetime, _slot: timedelta) -> Tickets:
        asked.append(since)
        return {(last - 5, 7): 1, (last, 7): 2} if len(asked) == 1 else {(last, 7): 6}

    paces = Paces(read)
    paces.of(1, NOON)
    assert paces.of(1, NOON + timedelta(seconds=59)) == {(last - 5, 7): 1, (last, 7): 2}
    assert len(asked) == 1
    assert paces.of(1, NOON + timedelta(seconds=60)) == {(last - 5, 7): 1, (last, 7): 6}
    assert asked == [
        datetime(2026, 6, 1, 9, 10, tzinfo=UTC),
        datetime(2026, 6, 1, 11, 50, tzinfo=UTC),
    ]
    # After a night, and when the clock was set back, it begins anew.
    paces.of(1, NOON + timedelta(hours=9))
    paces.of(1, NOON - timedelta(hours=1))
    assert asked[2:] == [
        datetime(2026, 6, 1, 18, 10, tzinfo=UTC),
        datetime(2026, 6, 1, 8, 10, tzinfo=UTC),
    ]


def test_ten_at_once_cause_one_statement_and_all_see_what_it_found() -> None:
    asked: list[int] = []
    go_on, at_once = Event(), Barrier(11)

    def read(event: int, _since: datetime, _slot: timedelta) -> Tickets:
        asked.append(event)
        assert go_on.wait(20)
        return {(slot_of(NOON), 7): 2}

    paces = Paces(read)

    def ask() -> Tickets:
        at_once.wait(20)
        return paces.of(1, NOON)

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(ask) for _ in range(10)]
        at_once.wait(20)
        until(lambda: asked == [1], "the first one reads")
        go_on.set()
        assert [answer.result(20) for answer in answers] == [{(slot_of(NOON), 7): 2}] * 10
    assert asked == [1]


def test_what_is_kept_of_events_is_bounded() -> None:
    paces = Paces(lambda *_about: {})
    for event in range(KEPT + 5):
        paces.of(event, NOON)
    assert len(paces._events) == KEPT


def test_a_pace_ends_with_the_running_slot() -> None:
    pace = pace_json({(slot_of(NOON), 7): 2, (slot_of(NOON), 8): 1}, NOON, frozenset({7}))
    assert [(one["channel"], one["slots"][-1]) for one in pace["channels"]] == [(7, 2)]


def test_open_alerts_come_with_their_severity_and_page_the_most_urgent_first(
    stage: Stage, person: User, client: Client
) -> None:
    make_alert(stage)
    severe = make_alert(stage, severity=Severity.CRITICAL)
    make_alert(stage, status="RESOLVED", resolved_at=timezone.now())
    first, second = answer(client, stage)["alerts"]
    assert [first["id"], first["severity"]] == [str(severe.uuid), "CRITICAL"]
    assert second["severity_text"] == "Medium"
    assert "49 units left" in first["title"]
    assert client.get(first["address"]).status_code == 200
    # One who may not enter the back office is given no address of it.
    User.objects.filter(pk=person.pk).update(is_staff=False)
    assert [one["address"] for one in answer(client, stage)["alerts"]] == [None, None]


def test_who_may_see_no_alerts_is_told_of_none(stage: Stage, person: User, client: Client) -> None:
    make_alert(stage)
    for group in person.groups.all():
        rights = group.permissions.filter(
            codename__endswith="_alert", content_type__app_label="alerts"
        )
        group.permissions.remove(*rights)
    assert Alert.objects.filter(event=stage.event).exists()
    assert answer(client, stage)["alerts"] == []


def test_anothers_event_and_none_at_all_look_alike(other: Stage, client: Client) -> None:
    make_alert(other)
    assert client.get(address(other)).status_code == 404
    assert client.get(reverse("boxoffice:pace-and-alerts", args=[10**9])).status_code == 404
    assert Client().get(address(other)).status_code == 302
