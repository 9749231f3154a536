"""Claiming, sending, and what becomes of a delivery: real receivers, and a worker is a call of `work`."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from alerts import delivery as sending
from alerts import delivery_results, notify, services
from alerts.delivery import LEASE, MAX_BEFORE, NOT_TOLD, OVER, SWITCHED_OFF, TAKEN_ON
from alerts.enums import DeliveryStatus, Kind, Purpose, Severity, Transport
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.models import Alert, AlertTeam, Delivery, Endpoint
from common.actor import SYSTEM, Actor
from common.clock import database_now
from tests.alerts.staging import make_endpoint, make_member, make_rule, team_of
from tests.factories import Stage, make_stage, make_user
from tests.receivers import HANG, MailReceiver, WebAnswer, WebReceiver
from transfers import services as transfers
from transfers.models import Transfer
from transfers.services import Partner, Wish

pytestmark = pytest.mark.django_db

DESK = "desk@example.com"
MINUTE = timedelta(minutes=1)
SLACK_PATH = "/services/T0001/B0001/verysecrettoken"


@pytest.fixture
def mail(settings: Any) -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        settings.EMAIL_FROM = "Finlo <alerts@finlo.test>"
        settings.EMAIL_TIMEOUT = 0.5
        yield receiver


@pytest.fixture
def web(settings: Any) -> Iterator[WebReceiver]:
    with WebReceiver() as receiver:
        settings.OUTBOUND_ALLOW = frozenset({receiver.place})
        yield receiver


def low_stock(**rule: Any) -> tuple[Stage, AlertTeam, Alert]:
    """An alert, of which nobody has been told yet."""
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    make_rule(stage, **rule)
    stage.sell([("Ticket", 60)])
    stock.evaluate_due(database_now())
    return stage, team, Alert.objects.get(event=stage.event, kind=Kind.LOW_STOCK)


def owe(endpoint: Endpoint, alert: Alert | None = None, **fields: Any) -> Delivery:
    """A delivery that is due."""
    values = {
        "purpose": Purpose.OPENED if alert else Purpose.TEST,
        "due_at": database_now() - MINUTE,
    }
    return Delivery.objects.create(endpoint=endpoint, alert=alert, **values | fields)


def work(now: datetime | None = None) -> int:
    """As a worker: until nothing is due; how many messages were tried."""
    count = 0
    while (found := sending.claim(now or database_now())) is not None:
        sending.deliver(found)
        count += bool(found.deliveries)
    return count


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def test_a_message_is_sent_once_and_its_receipt_kept(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    endpoint = make_endpoint(team, failures=2, not_before=timezone.now() - MINUTE)
    delivery = owe(endpoint, alert)
    assert work() == 1
    assert again(delivery).status == DeliveryStatus.SENT
    assert (delivery.attempts, delivery.receipt) == (1, "250 2.0.0 Queued as 4711")
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.not_before) == (0, None)
    assert endpoint.last_sent_at == delivery.ended_at
    [sent] = mail.mails
    assert sent.message["Message-ID"] == f"<{delivery.uuid}@finlo.test>"
    assert work() == 0


# --- For now ------------------------------------------------------------------------------------


def test_refused_for_now_it_is_tried_again_later(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK), alert)
    mail.answer(DESK, "451 4.7.1 Greylisted")
    began = database_now()
    assert work() == 1
    assert again(delivery).status == DeliveryStatus.PENDING
    assert "451 4.7.1 Greylisted" in delivery.failure
    assert timedelta(seconds=5) <= delivery.due_at - began <= timedelta(seconds=15)
    assert Endpoint.objects.get(address=DESK).failures == 1
    assert work() == 0
    assert work(database_now() + MINUTE) == 1
    assert again(delivery).status == DeliveryStatus.SENT
    assert (delivery.attempts, delivery.failure) == (2, "")


def test_waits_double_up_to_an_hour_and_leave_half_to_chance() -> None:
    longest = [delivery_results.wait(n, draw=lambda: 0.0).total_seconds() for n in range(1, 13)]
    assert longest == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert delivery_results.wait(3, draw=lambda: 1.0) == timedelta(seconds=20)
    assert delivery_results.wait(1, 120.0) == timedelta(minutes=2)
    # All of them together: hours, and not days.
    assert 3 * 3600 < sum(longest[:-1]) < 4 * 3600


def test_when_asked_to_wait_all_messages_to_that_address_do_and_a_test_does_not(
    web: WebReceiver,
) -> None:
    _stage, team, alert = low_stock()
    endpoint = make_endpoint(team, web.url + SLACK_PATH, transport=Transport.SLACK)
    first, second = owe(endpoint, alert), owe(endpoint, alert, purpose=Purpose.ESCALATED)
    web.answer(WebAnswer(429, b"slow down", {"Retry-After": "600"}))
    assert work() == 1
    endpoint.refresh_from_db()
    assert endpoint.not_before is not None
    later = endpoint.not_before - database_now()
    assert timedelta(seconds=590) < later <= timedelta(seconds=600)
    assert again(first).due_at == endpoint.not_before
    assert (again(second).status, second.attempts) == (DeliveryStatus.PENDING, 0)
    assert work(database_now() + 9 * MINUTE) == 0
    services.send_test(endpoint, by=SYSTEM, now=database_now())
    # The test, and what had been held back: that it arrives says that others may come too.
    assert work() == 2
    assert len(web.requests) == 3
    assert (again(first).status, again(second).status) == ("PENDING", "SENT")


def test_other_refusals_hold_back_an_address_for_a_minute_at_most(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK), alert, attempts=9)
    mail.answer(DESK, "451 4.3.0 Later")
    work()
    endpoint = Endpoint.objects.get(address=DESK)
    assert endpoint.not_before is not None
    assert endpoint.not_before - database_now() <= MINUTE
    assert again(delivery).due_at - database_now() > 20 * MINUTE


def test_after_the_last_attempt_it_has_failed(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK), alert, attempts=delivery_results.MAX_ATTEMPTS - 1)
    mail.answer(DESK, "451 4.3.0 Never")
    work()
    assert again(delivery).status == DeliveryStatus.FAILED
    assert "451 4.3.0 Never" in delivery.failure
    assert delivery.attempts == delivery_results.MAX_ATTEMPTS
    assert Endpoint.objects.get(address=DESK).disabled_at is None


# --- For good -----------------------------------------------------------------------------------


def test_refused_for_good_the_address_is_disabled_and_what_waits_for_it_skipped(
    mail: MailReceiver,
) -> None:
    _stage, team, alert = low_stock()
    endpoint, other = make_endpoint(team, DESK), make_endpoint(team, "other@example.com")
    first = owe(endpoint, alert)
    second = owe(endpoint, alert, purpose=Purpose.ESCALATED, due_at=database_now() + MINUTE)
    elsewhere = owe(other, alert)
    mail.answer(DESK, "550 5.1.1 No such user")
    work()
    assert again(first).status == DeliveryStatus.FAILED
    assert again(second).status == DeliveryStatus.SKIPPED
    assert again(elsewhere).status == DeliveryStatus.SENT
    endpoint.refresh_from_db()
    assert endpoint.disabled_at == first.ended_at
    assert "550 5.1.1 No such user" in endpoint.disabled_reason
    assert first.failure == second.failure == endpoint.disabled_reason
    told = endpoint.history.latest()
    assert (told.history_change_reason, told.history_user) == (endpoint.disabled_reason, None)


def test_a_test_that_arrives_switches_nothing_on_that_a_person_has_switched_off(
    mail: MailReceiver,
) -> None:
    _stage, team, _alert = low_stock()
    off = {"is_active": False, "disabled_at": timezone.now(), "disabled_reason": "550"}
    endpoint = make_endpoint(team, DESK, **off)
    sent = services.send_test(endpoint, by=Actor.person(make_user()), now=database_now())
    work()
    assert again(sent).status == DeliveryStatus.SENT
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason) == (False, "550")


def test_a_test_that_arrives_enables_the_address(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    endpoint = make_endpoint(
        team, DESK, disabled_at=timezone.now(), disabled_reason="550", failures=4
    )
    person = make_user()
    waiting = owe(endpoint, alert)
    mail.answer(DESK, "550 5.1.1 Still not")
    failing = services.send_test(endpoint, by=Actor.person(person), now=database_now())
    assert work() == 1
    assert (again(failing).status, again(waiting).status) == ("FAILED", "SKIPPED")
    assert waiting.failure == "550"
    arriving = services.send_test(endpoint, by=Actor.person(person), now=database_now())
    assert work() == 1
    assert again(arriving).status == DeliveryStatus.SENT
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason, endpoint.failures) == (None, "", 0)
    assert endpoint.history.latest().history_user == person


def test_a_test_tells_its_outcome_at_once(mail: MailReceiver) -> None:
    endpoint = make_endpoint(team_of(make_stage(), Role.FINANCE), DESK)
    delivery = owe(endpoint)
    mail.answer(DESK, HANG)
    work()
    assert again(delivery).status == DeliveryStatus.FAILED
    assert "does not answer in time" in delivery.failure


# --- Not sent any more --------------------------------------------------------------------------


def test_what_is_over_or_taken_on_by_then_is_not_sent(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    endpoint = make_endpoint(team, DESK)
    person = make_user()
    services.acknowledge([alert.pk], by=Actor.person(person), now=database_now())
    escalation = owe(endpoint, alert, purpose=Purpose.ESCALATED)
    assert work() == 0
    assert (again(escalation).status, escalation.failure) == ("SKIPPED", TAKEN_ON)
    services.resolve([alert.pk], by=Actor.person(person), now=database_now())
    # It has waited for the end of quiet hours.
    quiet = owe(endpoint, alert)
    assert work() == 0
    assert (again(quiet).status, quiet.failure, quiet.attempts) == ("SKIPPED", OVER, 0)
    assert mail.attempts == []


def test_an_address_that_is_switched_off_is_told_nothing(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK, is_active=False), alert)
    assert work() == 0
    assert (again(delivery).status, delivery.failure) == ("SKIPPED", SWITCHED_OFF)


@pytest.mark.parametrize("change", ["leaves", "moves", "stays"])
def test_a_person_is_told_while_a_member_and_at_the_own_address(
    mail: MailReceiver, change: str
) -> None:
    stage, team, alert = low_stock()
    person = make_member(stage, Role.BOX_OFFICE)
    delivery = owe(make_endpoint(team, person.email, person=person), alert)
    if change == "leaves":
        person.venues.clear()
    elif change == "moves":
        person.email = "new@example.com"
        person.save()
    work()
    expected = ("SENT", "") if change == "stays" else ("SKIPPED", NOT_TOLD)
    assert (again(delivery).status, delivery.failure) == expected


# --- Digests ------------------------------------------------------------------------------------


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


# --- Claims -------------------------------------------------------------------------------------


def test_a_claim_is_longer_than_sending_can_take() -> None:
    assert MAX_BEFORE >= 10


def test_while_one_sends_to_an_address_no_other_does(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    endpoint = make_endpoint(team, DESK)
    owe(endpoint, alert)
    second = owe(endpoint, alert, purpose=Purpose.ESCALATED)
    other = owe(make_endpoint(team, "other@example.com"), alert)
    claimed = sending.claim(database_now())
    assert claimed is not None
    assert work() == 1  # the other address's
    assert (again(second).status, again(other).status) == ("PENDING", "SENT")
    sending.deliver(claimed)
    assert work() == 1
    assert again(second).status == DeliveryStatus.SENT


def test_what_a_killed_worker_had_claimed_is_sent_by_another(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK), alert)
    killed = sending.claim(database_now())
    assert killed is not None
    assert work() == 0
    assert work(database_now() + LEASE) == 1
    assert (again(delivery).status, delivery.attempts) == ("SENT", 2)
    # It was not killed but only slow: what it has to say comes too late, and changes nothing.
    mail.answer(DESK, "550 5.1.1 No such user")
    sending.deliver(killed)
    assert again(delivery).status == DeliveryStatus.SENT
    assert Endpoint.objects.get(address=DESK).disabled_at is None
    [sent, *_none] = mail.mails
    assert sent.message["Message-ID"] == f"<{delivery.uuid}@finlo.test>"


def test_an_address_may_be_deleted_while_something_is_sent_there(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    owe(make_endpoint(team, DESK), alert)
    claimed = sending.claim(database_now())
    assert claimed is not None
    Endpoint.objects.get(address=DESK).delete()
    sending.deliver(claimed)
    assert not Delivery.objects.filter(claim=claimed.claim).exists()


def test_a_worker_that_stood_still_does_not_send_any_more(
    mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stage, team, alert = low_stock()
    owe(make_endpoint(team, DESK), alert)
    claimed = sending.claim(database_now())
    assert claimed is not None
    monkeypatch.setattr(sending, "MAX_BEFORE", -1)
    sending.deliver(claimed)
    assert mail.attempts == []


def test_a_message_that_kills_its_worker_comes_to_an_end(mail: MailReceiver) -> None:
    _stage, team, alert = low_stock()
    delivery, moment = owe(make_endpoint(team, DESK), alert), database_now()
    claims = 0
    while (found := sending.claim(moment)) is not None:
        claims += bool(found.deliveries)
        moment += LEASE
    assert claims == delivery_results.MAX_ATTEMPTS
    assert (again(delivery).status, delivery.failure) == ("FAILED", sending.NO_OUTCOME)


def test_an_error_of_our_own_is_tried_again_and_told_without_details(
    mail: MailReceiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _stage, team, alert = low_stock()
    delivery = owe(make_endpoint(team, DESK), alert)

    def broken(*_args: object) -> None:
        raise KeyError(SLACK_PATH)

    monkeypatch.setattr(sending, "compose", broken)
    work()
    assert (again(delivery).status, delivery.failure) == (
        "PENDING",
        "An error of our own: KeyError",
    )
    assert f"Deliveries [{delivery.pk}]: KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text
