"""Digests: what is gathered, told in one message, and left out."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from alerts import delivery as sending
from alerts import notify, services
from alerts.delivery import OVER
from alerts.enums import DeliveryStatus, Purpose, Severity, Transport
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.models import Alert, Delivery, Endpoint
from common.actor import SYSTEM, Actor
from common.clock import database_now
from tests.alerts.sending import DESK, MINUTE, again, low_stock, owe, work
from tests.alerts.staging import make_endpoint, make_member, make_rule
from tests.factories import make_stage
from tests.receivers import MailReceiver, WebReceiver
from transfers import services as transfers
from transfers.models import Transfer
from transfers.services import Partner, Wish

pytestmark = pytest.mark.django_db


def test_a_digest_takes_all_that_is_gathered_when_the_first_is_due(mail: MailReceiver) -> None:
    stage, team, _alert = low_stock(severity=Severity.INFO)
    endpoint = make_endpoint(team, DESK)
    for name in ("second", "over"):
        make_rule(stage, name=name, severity=Severity.INFO)
    stage.sell()
    stock.evaluate_due(database_now())
    alerts = list(Alert.objects.filter(event=stage.event).order_by("pk"))
    Delivery.objects.all().delete()
    soon = database_now() + 30 * MINUTE
    first = owe(endpoint, alerts[0], is_digest=True)
    second = owe(endpoint, alerts[1], is_digest=True, due_at=soon)
    over = owe(endpoint, alerts[2], is_digest=True, due_at=soon)
    services.resolve([alerts[2].pk], by=SYSTEM, now=database_now())
    single = owe(endpoint, alerts[0], purpose=Purpose.ESCALATED, due_at=soon)
    assert work() == 1
    assert [again(one).status for one in (first, second, over, single)] == [
        "SENT",
        "SENT",
        "SKIPPED",
        "PENDING",
    ]
    assert "2 alerts" in mail.mails[0].message["Subject"]
    assert work(soon + MINUTE) == 1


def test_what_comes_at_about_the_same_time_is_gathered_with_the_highest_first(
    mail: MailReceiver,
) -> None:
    """Fifteen events sell out within a minute."""
    found = [low_stock(severity=Severity.WARNING) for _ in range(14)]
    found.append(low_stock(severity=Severity.CRITICAL))
    stages, alerts = [one[0] for one in found], [one[2] for one in found]
    endpoint = make_endpoint(found[0][1])
    now = timezone.now()
    for number in range(3):
        owe(endpoint, alerts[number])
        work(now + number * MINUTE / 60)
    assert len(mail.mails) == 3
    # However long the receiver has taken.
    Delivery.objects.filter(status=DeliveryStatus.SENT).update(ended_at=now)
    for number in range(3, 14):
        owe(endpoint, alerts[number])
        work(now + number * MINUTE / 60)
    assert len(mail.mails) == 3
    # What is of high severity waits for ten seconds at most, and takes the others with it.
    owe(endpoint, alerts[14])
    work(now + 14 * MINUTE / 60)
    assert len(mail.mails) == 4
    assert Delivery.objects.filter(status=DeliveryStatus.SENT).count() == 15
    message = mail.mails[3].message
    assert message["Subject"].startswith("[High] 12 alerts")
    [body] = [
        bytes(part.get_payload(decode=True)).decode()
        for part in message.walk()
        if part.get_content_type() == "text/plain"
    ]
    assert body.index(stages[14].event.name) < body.index(stages[3].event.name)


def test_ten_requests_of_a_partner_within_minutes_are_one_message_for_each_person(
    mail: MailReceiver,
) -> None:
    pools = [f"Stand {number}" for number in range(10)]
    stage = make_stage(
        channels=("web", "hotel"),
        pools=dict.fromkeys(pools, 100),
        items={f"Seat of {pool}": {pool: 1} for pool in pools},
    )
    people = [f"{name}@venue.example" for name in ("asha", "ravi")]
    for email in people:
        make_member(stage, Role.VENUE_MANAGER, email=email)
    begun = database_now()
    for number, pool in enumerate(pools):
        now = begun + number * MINUTE / 4
        wish = Wish(stage.open_row(pool).pk, stage.row(pool, "hotel").pk, 5, "A group")
        partner = Partner(stage.channels["hotel"])
        transfers.request(wish, by=Actor(api_key_id=7), now=now, partner=partner)
        periodic.evaluate(Cadence.SECONDS, now)
        notify.tell(now)
        work(now)
    assert mail.mails == []
    work(begun + notify.REQUESTS_GATHERED_MINUTES * MINUTE)
    subjects = sorted((one.message["To"], one.message["Subject"][:18]) for one in mail.mails)
    assert subjects == [(email, "[Medium] 10 alerts") for email in people]
    # What lapses soon does not wait for others.
    Alert.objects.update(told_at=None)
    Delivery.objects.all().delete()
    last_lapses = Transfer.objects.latest("pk").lapses_at
    notify.tell(last_lapses - 15 * MINUTE)
    assert set(Delivery.objects.values_list("is_digest", flat=True)) == {False}


def test_programs_get_each_alert_by_itself(web: WebReceiver) -> None:
    channel = low_stock()[0].channels["web"]
    hook = Endpoint.objects.create(
        channel=channel, transport=Transport.WEBHOOK, address=f"{web.url}/hook"
    )
    for _ in range(5):
        owe(hook, low_stock()[2])
    work()
    kinds = [json.loads(request.body)["type"] for request in web.requests]
    assert kinds == ["alert.opened"] * 5


def test_what_a_digest_leaves_out_costs_no_more_statements_the_more_it_is() -> None:
    stage, team, _alert = low_stock(severity=Severity.INFO)
    for name in ("second", "third", "fourth"):
        make_rule(stage, name=name, severity=Severity.INFO)
    stage.sell()
    stock.evaluate_due(database_now())
    Delivery.objects.all().delete()
    alerts = list(Alert.objects.filter(event=stage.event).order_by("pk"))
    services.resolve([one.pk for one in alerts], by=SYSTEM, now=database_now())

    def cost(address: str, over: list[Alert]) -> int:
        endpoint = make_endpoint(team, address)
        for one in over:
            owe(endpoint, one, is_digest=True)
        with CaptureQueriesContext(connection) as asked:
            claimed = sending.claim(database_now())
        assert claimed is not None
        assert claimed.deliveries == []
        assert set(endpoint.deliveries.values_list("status", "failure")) == {("SKIPPED", OVER)}
        return len(asked)

    assert len(alerts) == 4
    assert cost(DESK, alerts[:1]) == cost("other@example.com", alerts)


def test_a_digest_that_is_refused_is_tried_again_as_a_whole(mail: MailReceiver) -> None:
    stage, team, _alert = low_stock(severity=Severity.INFO)
    make_rule(stage, name="second", severity=Severity.INFO)
    stage.sell()
    stock.evaluate_due(database_now())
    Delivery.objects.all().delete()
    endpoint = make_endpoint(team, DESK)
    both = [owe(endpoint, one, is_digest=True) for one in Alert.objects.filter(event=stage.event)]
    mail.answer(DESK, "451 4.3.0 Later")
    assert work() == 1
    assert {(again(one).status, one.attempts) for one in both} == {("PENDING", 1)}
    assert work(database_now() + MINUTE) == 1
    assert {(again(one).status, one.attempts) for one in both} == {("SENT", 2)}
    assert len(mail.mails) == 1
