"""The board of alerts: what it shows to whom, in which order, and how people answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.roles import Role
from alerts import services, words
from alerts.enums import AlertStatus, DeliveryStatus, Kind, Purpose, Severity, Transport
from alerts.models import Alert, AlertRule
from common.actor import SYSTEM, Actor
from tests.alerts.conftest import person, signed_in
from tests.alerts.making import deliver, make_alert, make_endpoint, steps_of
from tests.factories import Stage, make_stage, make_venue

pytestmark = pytest.mark.django_db

BOARD = "/admin/alerts/alert/"


def listed(client: Client, query: str = "") -> list[Alert]:
    answer = client.get(BOARD + query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def body(client: Client, alert: Alert | None = None) -> str:
    answer = client.get(BOARD + (f"{alert.pk}/change/" if alert else ""))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def rules_of(alert: Alert) -> "QuerySet[AlertRule]":
    return AlertRule.objects.filter(alerts=alert)


def acknowledge(*alerts: Alert, by: Actor = SYSTEM, **more: Any) -> None:
    services.acknowledge([one.pk for one in alerts], by=by, now=timezone.now(), **more)


def resolve(*alerts: Alert, by: Actor = SYSTEM) -> None:
    services.resolve([one.pk for one in alerts], by=by, now=timezone.now())


def test_open_ones_first_and_the_most_severe_of_those(stage: Stage, desk: Client) -> None:
    low, taken, high, over = (
        make_alert(stage, severity=severity)
        for severity in (Severity.INFO, Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING)
    )
    middle = make_alert(stage)
    acknowledge(taken)
    resolve(over)
    assert listed(desk) == [high, middle, low, taken]
    assert listed(desk, "?state=open") == [high, middle, low]
    assert listed(desk, "?state=resolved") == [over]
    assert listed(desk, "?state=all") == [middle, over, high, taken, low]
    assert listed(desk, "?state=nonsense") == [high, middle, low, taken]
    assert listed(desk, f"?severity__exact={Severity.INFO}") == [low]
    assert listed(desk, f"?q={stage.event.name.split()[-1]}") == [high, middle, low, taken]


@pytest.mark.parametrize("filters", ["", "severity__exact=CRITICAL", "q=nothing-like-it"])
def test_the_counts_on_the_tabs_are_those_of_what_they_list(
    stage: Stage, other: Stage, superuser: Client, filters: str
) -> None:
    """Also with other filters in force, and with alerts that a naive count would count or leave out."""
    for severity in (Severity.INFO, Severity.WARNING, Severity.CRITICAL):
        make_alert(stage, severity=severity)
        make_alert(other, severity=severity)
    acknowledge(make_alert(stage, severity=Severity.CRITICAL))
    resolve(make_alert(stage, severity=Severity.CRITICAL))
    make_alert(make_stage(venue=make_venue(is_rehearsal=True)), severity=Severity.CRITICAL)
    people = (superuser, signed_in(person(Role.VENUE_MANAGER, stage)))
    for client in people:
        tabs = client.get(f"{BOARD}?{filters}").context["cl"].board.tabs
        counted = {str(label): count for label, _address, count, _is_current in tabs}
        rows = {
            str(label): client.get(f"{BOARD}{address}").context["cl"].result_count
            for label, address, _count, _is_current in tabs
        }
        assert counted["Standing"] == rows["Standing"]
        assert counted["Open"] == rows["Open"]
        assert counted["Resolved"] is counted["All"] is None
        assert bool(rows["Open"]) == (filters != "q=nothing-like-it")


def test_each_venue_sees_its_own_and_what_concerns_all_is_for_superusers(
    stage: Stage, other: Stage, desk: Client, superuser: Client
) -> None:
    own, others = make_alert(stage), make_alert(other)
    of_all = make_alert(stage, Kind.LEDGER_DIFFERENCE)
    assert listed(desk) == [own]
    assert listed(superuser) == [of_all, others, own]
    assert "All venues" in body(superuser, of_all)
    for hidden in (others, of_all):
        for name in ("change", "acknowledge", "resolve"):
            assert desk.get(f"{BOARD}{hidden.pk}/{name}/").status_code == 404
    assert '<span class="finlo-badge' in body(desk)
    assert desk.get("/admin/").context["dashboard"].tiles[-1].values == [("1", "")]


def test_a_row_says_who_was_told_and_who_is_on_it(stage: Stage, desk: Client) -> None:
    alert, muted = make_alert(stage), make_alert(stage, Kind.VELOCITY)
    deliver(alert, make_endpoint(stage))
    deliver(alert, make_endpoint(stage, role="Finance"))
    failed = make_endpoint(stage, transport=Transport.SLACK, address="https://h.example/x/y")
    deliver(alert, failed, status=DeliveryStatus.FAILED, failure="404: no_service")
    rules_of(muted).update(muted_until=timezone.now() + timedelta(hours=1))
    text = body(desk)
    assert "web: 49 units left of GA" in text
    assert "49 of 400 can still be sold (12.2 %); the limit is 50 units." in text
    assert "Box office, Finance" in text
    assert "1 failed" in text
    assert "2 sent" in text
    assert "Muted until" in text
    colleague = person(Role.BOX_OFFICE, stage)
    acknowledge(alert, by=Actor.person(colleague))
    acknowledge(muted, through=make_endpoint(stage, role="Venue manager"))
    text = body(desk)
    assert str(colleague) in text
    assert "Venue managers, by a link" in text


def test_the_board_asks_the_database_as_often_for_one_as_for_many(
    stage: Stage, desk: Client
) -> None:
    endpoint = make_endpoint(stage)
    counts = []
    for _number in range(3):
        for kind in Kind:
            if kind != Kind.LEDGER_DIFFERENCE:
                deliver(make_alert(stage, kind), endpoint)
        with CaptureQueriesContext(connection) as asked:
            desk.get(BOARD)
        counts.append(len(asked))
    assert counts[1] == counts[2]


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_page_that_says_what_was_seen(
    kind: Kind, stage: Stage, superuser: Client
) -> None:
    alert = make_alert(stage, kind)
    text = body(superuser, alert)
    for said in (words.title(alert), words.reason(alert)):
        assert escape(said) in text
    drawn = kind not in {Kind.LEDGER_DIFFERENCE, Kind.TRANSFER_WAITING}
    assert ('class="alert-picture"' in text) is drawn
    assert ('class="alert-band"' in text) is (kind == Kind.VELOCITY)
    assert text.count('<rect class="alert-bar') == (2 if kind == Kind.SELL_THROUGH_GAP else drawn)


def test_its_page_tells_the_whole_story(stage: Stage, desk: Client) -> None:
    alert = make_alert(stage)
    rules_of(alert).update(advice="Ask the agent", is_active=False)
    mailbox = make_endpoint(stage)
    deliver(alert, mailbox)
    deliver(
        alert,
        mailbox,
        purpose=Purpose.ESCALATED,
        status=DeliveryStatus.FAILED,
        failure="550 no such user",
        attempts=3,
    )
    acknowledge(alert, through=mailbox, note="I am on it")
    Alert.objects.filter(pk=alert.pk).update(latest=31)
    text = body(desk, alert)
    for said in (
        "Ask the agent",
        "by the link in a message to Box office",
        "I am on it",
        "Off now",
        "3 attempts",
        "31 units",
    ):
        assert said in text, said
    # Addresses, and what they answer, are for those who may see deliveries.
    for hidden in ("desk@example.com", "550 no such user"):
        assert hidden not in text
    manager = signed_in(person(Role.VENUE_MANAGER, stage))
    assert "desk@example.com" in body(manager, alert)
    assert "550 no such user" in body(manager, alert)
    rules_of(alert).delete()
    assert "Its rule has been deleted since." in body(desk, alert)


def test_an_alert_is_taken_on_and_ended_with_a_note(stage: Stage) -> None:
    user = person(Role.BOX_OFFICE, stage)
    client, alert = signed_in(user), make_alert(stage)
    client.post(f"{BOARD}{alert.pk}/acknowledge/", {"reason": "Calling the agent"})
    alert.refresh_from_db()
    assert (alert.status, alert.acknowledged_by) == (AlertStatus.ACKNOWLEDGED, user)
    # Late: a colleague was faster.
    answer = client.post(f"{BOARD}{alert.pk}/acknowledge/", {"reason": ""}, follow=True)
    assert "not possible any more" in answer.content.decode()
    client.post(f"{BOARD}{alert.pk}/resolve/", {"reason": ""})
    alert.refresh_from_db()
    assert (alert.status, alert.resolved_by) == (AlertStatus.RESOLVED, user)
    assert steps_of(alert) == ["OPENED", "ACKNOWLEDGED", "RESOLVED"]
    assert [step.note for step in alert.steps.order_by("pk")] == ["", "Calling the agent", ""]


def test_several_at_once_all_or_none(stage: Stage, desk: Client) -> None:
    first, second, taken = (make_alert(stage) for _ in range(3))
    acknowledge(taken)
    chosen = {
        "action": "acknowledge_selected",
        ACTION_CHECKBOX_NAME: [first.pk, second.pk, taken.pk],
    }
    page = desk.post(BOARD, chosen).content.decode()
    assert "These 2 will be changed" in page
    assert "Left as they are" in page
    desk.post(BOARD, chosen | {"apply": "1", "reason": "Ours"})
    statuses = set(Alert.objects.values_list("status", flat=True))
    assert statuses == {AlertStatus.ACKNOWLEDGED}
    chosen["action"] = "resolve_selected"
    desk.post(BOARD, chosen | {"apply": "1", "reason": "Over"})
    assert listed(desk) == []


def test_who_may_only_look_is_offered_nothing(stage: Stage) -> None:
    alert = make_alert(stage)
    auditor = signed_in(person(Role.AUDITOR, stage))
    assert listed(auditor) == [alert]
    address = reverse("admin:alerts_alert_acknowledge", args=(alert.pk,))
    assert auditor.post(address, {"reason": "x"}).status_code == 403
    assert address not in body(auditor, alert)
    auditor.post(
        BOARD,
        {"action": "resolve_selected", ACTION_CHECKBOX_NAME: [alert.pk], "apply": "1"},
    )
    alert.refresh_from_db()
    assert alert.status == AlertStatus.OPEN


def test_an_empty_board_says_that_all_is_quiet(stage: Stage, desk: Client) -> None:
    assert "All is quiet" in body(desk)
    alert = make_alert(stage)
    acknowledge(alert)
    assert "Somebody is on every alert" in desk.get(f"{BOARD}?state=open").content.decode()
    assert "No alert fits" in desk.get(f"{BOARD}?q=nothing").content.decode()
    assert "None yet" in desk.get(f"{BOARD}?state=resolved").content.decode()


def test_the_admin_may_connect_to_the_live_server(desk: Client, settings: Any) -> None:
    settings.LIVE_URL = "wss://tickets.example.com"
    answer = desk.get(BOARD)
    assert (
        "connect-src 'self' wss://tickets.example.com;"
        in (answer.headers["Content-Security-Policy"])
    )
    assert 'data-live-badge="wss://tickets.example.com/ws/alerts/"' in answer.content.decode()
