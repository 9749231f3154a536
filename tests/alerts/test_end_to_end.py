"""From a sale to a received message, with beat, two workers and the notifier as processes of their own:
nothing is called here but what sells, and what a person does.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from accounts.roles import Role
from alerts import services
from alerts.enums import DeliveryStatus, Kind, Severity, Transport
from alerts.models import Alert, Delivery, Endpoint
from common.actor import SYSTEM
from common.clock import database_now
from tests.alerts.staging import (
    make_endpoint,
    make_member,
    make_rule,
    sell_before,
    standing,
    team_of,
    watch_since,
)
from tests.factories import Stage, make_stage
from tests.proofs import execute
from tests.receivers import ACCEPT, TAKE_AND_HANG, MailReceiver, WebAnswer, WebReceiver
from tests.waiting import until
from tests.worker_process import NOTIFIER, SALES, beat, kill, one_worker
from transfers import services as transfers
from transfers.services import Wish

pytestmark = [
    pytest.mark.system,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

PATIENCE = 60
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NUMBER = "+436641234567"
SLACK_PATH = "/services/T0001/B0001/verysecrettoken"
TEAMS = (Role.VENUE_MANAGER, Role.BOX_OFFICE, Role.PARTNER_MANAGER, Role.FINANCE)


@dataclass
class Outside:
    """The world that messages go to. ``inside`` is an address that none may reach."""

    mail: MailReceiver = field(default_factory=MailReceiver)
    sms: WebReceiver = field(default_factory=WebReceiver)
    slack: WebReceiver = field(default_factory=WebReceiver)
    busy: WebReceiver = field(default_factory=WebReceiver)
    silent: WebReceiver = field(default_factory=WebReceiver)
    leading: WebReceiver = field(default_factory=WebReceiver)
    inside: WebReceiver = field(default_factory=WebReceiver)

    @property
    def allowed(self) -> list[WebReceiver]:
        return [self.sms, self.slack, self.busy, self.silent, self.leading]

    def environment(self) -> dict[str, str]:
        places = ",".join(one.place for one in self.allowed)
        return {
            **self.mail.environment(),
            **self.sms.environment(),
            "FINLO_OUTBOUND_ALLOW": places,
        }

    def mails_to(self, address: str) -> list[str]:
        return [
            str(one.message["Subject"]).strip()
            for one in self.mail.mails
            if one.recipients == [address]
        ]


@pytest.fixture
def outside() -> Iterator[Outside]:
    found = Outside()
    with ExitStack() as stack:
        for receiver in (found.mail, *found.allowed, found.inside):
            stack.enter_context(receiver)
        yield found


def people(stage: Stage) -> dict[Role, str]:
    """A member of each of the venue's teams, by e-mail."""
    return {role: make_member(stage, role).email for role in TEAMS}


def told(outside: Outside, members: dict[Role, str], what: str) -> set[Role]:
    """Which of the teams have had a mail with that in its subject."""
    return {
        role
        for role, address in members.items()
        if any(what in subject for subject in outside.mails_to(address))
    }


def alert_of(stage: Stage, kind: Kind) -> Alert:
    return next(alert for alert in standing(kind) if alert.event_id == stage.event.pk)


def test_from_a_sale_to_a_message(tmp_path: Path, outside: Outside) -> None:
    steady = sold_steadily()
    with (
        beat(tmp_path),
        one_worker(tmp_path, SALES),
        one_worker(tmp_path, SALES),
        one_worker(tmp_path, NOTIFIER, environment=outside.environment()) as notifier,
    ):
        low_stock_goes_to_the_box_office(outside)
        members = sold_fast(steady)  # judged once a minute: the rest goes on meanwhile
        oversell_risk_goes_to_finance(outside)
        a_gap_goes_to_slack(outside)
        a_partner_hears_of_its_transfer(outside)
        what_is_refused_for_now_arrives_later(outside)
        what_is_refused_for_good_is_seen(outside)
        nothing_inside_is_reached(outside)
        velocity_goes_to_partner_managers(outside, members)
        number = taken_by_a_notifier_that_is_killed(outside)
        kill(notifier)
    # So much time passes until its claim has lapsed.
    Delivery.objects.filter(status=DeliveryStatus.SENDING).update(claimed_until=database_now())
    with (
        beat(tmp_path),
        one_worker(tmp_path, NOTIFIER, environment=outside.environment()),
    ):
        it_arrives_and_at_most_twice(outside, number)
    assert outside.inside.connections == 0
    each = Counter(str(one.message["Message-ID"]) for one in outside.mail.mails)
    assert sorted(each.values(), reverse=True)[:2] == [2, 1]


def low_stock_goes_to_the_box_office(outside: Outside) -> None:
    """Below 50, at 49; once, by however many workers it is looked at, and however often."""
    stage = make_stage(name="Jazz night")
    rule = make_rule(stage, severity=Severity.CRITICAL, advice="Open the balcony")
    rule.teams.add(team_of(stage, Role.BOX_OFFICE))
    members = people(stage)
    stage.sell([("Ticket", 50)])
    until(lambda: looked_at(stage), "50 of 50 have been looked at", PATIENCE)
    assert standing() == []
    stage.sell()
    subject = "[High] web: 49 units left of GA – Jazz night"
    until(
        lambda: outside.mails_to(members[Role.BOX_OFFICE]) == [subject],
        "the box office has its mail",
        PATIENCE,
    )
    for left in (48, 47, 46):
        stage.sell()
        until(
            lambda left=left: alert_of(stage, Kind.LOW_STOCK).latest == left,  # type: ignore[misc]
            f"it is seen that {left} are left",
            PATIENCE,
        )
    assert told(outside, members, "Jazz night") == {Role.BOX_OFFICE}
    [mail] = outside.mail.mails
    assert "Open the balcony" in mail.part("text/plain")
    assert "Units sold in the last 24 hours" in mail.part("text/html")
    sent = Delivery.objects.get(alert__event=stage.event)
    assert (sent.status, sent.attempts, sent.receipt) == ("SENT", 1, ACCEPT)


def looked_at(stage: Stage) -> bool:
    row = stage.row()
    watch = getattr(stage.event.__class__.objects.get(pk=stage.event.pk), "alert_watch", None)
    return watch is not None and watch.stock_versions >= row.version


def oversell_risk_goes_to_finance(outside: Outside) -> None:
    """By the rules that each venue begins with; an SMS too."""
    stage = make_stage(name="Rock night")
    members = people(stage)
    finance = team_of(stage, Role.FINANCE)
    make_endpoint(finance, NUMBER, transport=Transport.SMS)
    # Of low stock others are told: here it is not the point.
    make_rule(stage, threshold=0)
    stage.sell([("Ticket", 98)])
    until(lambda: len(outside.sms.requests) == 1, "finance has its SMS", PATIENCE)
    sms = parse_qs(outside.sms.requests[0].body.decode())
    assert sms["To"] == [NUMBER]
    assert sms["Body"][0].startswith("Medium: GA: 98 % committed - Rock night")
    what = "GA: 98 % committed"
    until(lambda: told(outside, members, what) == {Role.FINANCE}, "finance has its mail", PATIENCE)
    assert told(outside, members, "Rock night") == {Role.FINANCE}


def sold_steadily() -> Stage:
    """Twelve an hour for three days, all of them watched."""
    stage = make_stage(name="Pop night", pools={"GA": 3000})
    watch_since(stage, database_now() - 72 * HOUR)
    for hours in range(71):
        sell_before(stage, 12, hours * HOUR + 20 * MINUTE)
    return stage


def sold_fast(stage: Stage) -> dict[Role, str]:
    """90 at once; returns who might hear of it."""
    members = people(stage)
    stage.sell([("Ticket", 90)])
    return members


def velocity_goes_to_partner_managers(outside: Outside, members: dict[Role, str]) -> None:
    what = "web sells faster than usual"
    until(
        lambda: told(outside, members, what) == {Role.PARTNER_MANAGER},
        "partner managers have their mail",
        90,
    )
    assert len(outside.mails_to(members[Role.PARTNER_MANAGER])) == 1


def a_gap_goes_to_slack(outside: Outside) -> None:
    """80 % against 20 %."""
    stage = make_stage(
        name="Folk night",
        channels=("web", "hotel"),
        give={("GA", "web"): 50, ("GA", "hotel"): 50},
    )
    team = team_of(stage, Role.PARTNER_MANAGER)
    make_endpoint(team, outside.slack.url + SLACK_PATH, transport=Transport.SLACK)
    rule = make_rule(stage, Kind.SELL_THROUGH_GAP, severity=Severity.WARNING)
    rule.teams.add(team)
    stage.sell([("Ticket", 10)], channel="hotel")
    stage.sell([("Ticket", 40)])
    until(lambda: len(outside.slack.requests) == 1, "Slack has its message", PATIENCE)
    request = outside.slack.requests[0]
    assert request.path == SLACK_PATH
    body = json.loads(request.body)
    assert body["text"] == "[Medium] GA: web has sold 80 %, hotel 20 % – Folk night"
    [actions] = [one for one in body["blocks"] if one["type"] == "actions"]
    assert actions["elements"][0]["url"].startswith("http")


def a_partner_hears_of_its_transfer(outside: Outside) -> None:
    stage = make_stage(channels=("web", "hotel"))
    Endpoint.objects.create(
        channel=stage.channels["hotel"],
        transport=Transport.WEBHOOK,
        address=f"{outside.slack.url}/hook",
    )
    before = len(outside.slack.requests)
    wish = Wish(stage.row().pk, stage.row(channel="hotel").pk, 5, "A coach party")
    transfers.request(wish, by=SYSTEM, now=database_now())
    until(lambda: len(outside.slack.requests) > before, "the partner has heard of it", PATIENCE)
    [request] = outside.slack.requests[before:]
    assert (request.path, request.headers["webhook-signature"][:3]) == ("/hook", "v1,")
    told = json.loads(request.body)
    assert (told["type"], told["data"]["moved"]) == ("transfer.executed", 5)


def due_now(endpoint: Endpoint) -> None:
    """So much time passes until it is tried again."""
    moment = database_now()
    endpoint.deliveries.filter(status=DeliveryStatus.PENDING).update(due_at=moment)
    execute("UPDATE alerts_endpoint SET not_before = NULL WHERE id = %s", endpoint.pk)


def what_is_refused_for_now_arrives_later(outside: Outside) -> None:
    """451 by mail, 429 with Retry-After by Slack, and no answer at all."""
    stage = make_stage(name="Swing night")
    team = team_of(stage, Role.BOX_OFFICE)
    rule = make_rule(stage, severity=Severity.CRITICAL)
    rule.teams.add(team)
    by_mail = make_endpoint(team, "gray@example.com")
    busy, silent = (
        make_endpoint(team, receiver.url + SLACK_PATH, transport=Transport.SLACK)
        for receiver in (outside.busy, outside.silent)
    )
    outside.mail.answer(by_mail.address, "451 4.7.1 Greylisted, try again")
    outside.busy.answer(WebAnswer(429, b"slow down", {"Retry-After": "300"}))
    outside.silent.answer(WebAnswer(hang=True))
    stage.sell([("Ticket", 51)])
    for endpoint, failure in (
        (by_mail, "451 4.7.1 Greylisted"),
        (busy, "429 Too Many Requests"),
        (silent, "did not answer within 10 seconds"),
    ):
        until(
            lambda endpoint=endpoint, failure=failure: (  # type: ignore[misc]
                endpoint.deliveries.filter(status="PENDING", failure__contains=failure).exists()
            ),
            f"it is written down: {failure}",
            PATIENCE,
        )
    busy.refresh_from_db()
    assert busy.not_before is not None
    assert busy.not_before - database_now() > timedelta(minutes=4)
    for endpoint in (by_mail, busy, silent):
        due_now(endpoint)
    for endpoint in (by_mail, busy, silent):
        until(
            lambda endpoint=endpoint: endpoint.deliveries.get().status == "SENT",  # type: ignore[misc]
            f"{endpoint} has it",
            PATIENCE,
        )
    assert outside.mails_to(by_mail.address) == ["[High] web: 49 units left of GA – Swing night"]
    assert [len(one.requests) for one in (outside.busy, outside.silent)] == [2, 2]


def what_is_refused_for_good_is_seen(outside: Outside) -> None:
    """550: the address is disabled, and another is told so."""
    stage = make_stage(name="Soul night")
    rule = make_rule(stage, severity=Severity.CRITICAL)
    rule.teams.add(team_of(stage, Role.BOX_OFFICE))
    gone = make_endpoint(team_of(stage, Role.BOX_OFFICE), "gone@example.com")
    manager = make_member(stage, Role.VENUE_MANAGER)
    outside.mail.answer(gone.address, "550 5.1.1 No such user")
    stage.sell([("Ticket", 51)])
    until(
        lambda: len(outside.mails_to(manager.email)) == 1, "the venue manager knows of it", PATIENCE
    )
    gone.refresh_from_db()
    assert gone.disabled_at is not None
    failed = gone.deliveries.get()
    assert (failed.status, failed.failure) == (DeliveryStatus.FAILED, gone.disabled_reason)
    assert "550 5.1.1 No such user" in failed.failure
    [alert] = [one for one in standing(Kind.DELIVERY_FAILING) if one.endpoint_id == gone.pk]
    assert alert.details["is_disabled"]
    [subject] = outside.mails_to(manager.email)
    assert subject.startswith(
        "[Medium] Messages to gone@example.com are refused, and it is disabled"
    )


def nothing_inside_is_reached(outside: Outside) -> None:
    """Neither by a redirect nor by its own address."""
    team = team_of(make_stage(), Role.BOX_OFFICE)
    there = f"{outside.inside.url}/services/T0001/B0001/verysecrettoken"
    outside.leading.answer(WebAnswer(302, b"", {"Location": there}))
    led = make_endpoint(team, outside.leading.url + SLACK_PATH, transport=Transport.SLACK)
    straight = make_endpoint(team, there, transport=Transport.WEBHOOK)
    for endpoint in (led, straight):
        services.send_test(endpoint, by=SYSTEM, now=database_now())
    for endpoint, failure in ((led, "a redirect, which is not followed"), (straight, "https://")):
        until(
            lambda endpoint=endpoint, failure=failure: (  # type: ignore[misc]
                endpoint.deliveries.filter(status="FAILED", failure__contains=failure).exists()
            ),
            f"it is refused: {failure}",
            PATIENCE,
        )
    assert (len(outside.leading.requests), outside.inside.connections) == (1, 0)


def taken_by_a_notifier_that_is_killed(outside: Outside) -> str:
    """The mail server has taken the mail and not said so yet; returns the mail's number."""
    endpoint = make_endpoint(team_of(make_stage(), Role.BOX_OFFICE), "slow@example.com")
    outside.mail.answer_data(endpoint.address, TAKE_AND_HANG)
    delivery = services.send_test(endpoint, by=SYSTEM, now=database_now())
    until(lambda: len(outside.mails_to(endpoint.address)) == 1, "the mail is taken", PATIENCE)
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SENDING
    return f"<{delivery.uuid}@finlo.test>"


def it_arrives_and_at_most_twice(outside: Outside, number: str) -> None:
    delivery = Delivery.objects.get(endpoint__address="slow@example.com")

    def is_sent() -> bool:
        delivery.refresh_from_db()
        return delivery.status == DeliveryStatus.SENT

    until(is_sent, "another notifier has sent it", PATIENCE)
    assert delivery.attempts == 2
    numbers = [
        str(one.message["Message-ID"])
        for one in outside.mail.mails
        if one.recipients == ["slow@example.com"]
    ]
    assert numbers == [number, number]
