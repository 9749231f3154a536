"""Claiming, sending, and what becomes of a delivery: real receivers, and a worker is a call of `work`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from alerts import delivery as sending
from alerts import delivery_results, services
from alerts.delivery import LEASE, MAX_BEFORE, NOT_TOLD, OVER, SWITCHED_OFF, TAKEN_ON
from alerts.enums import DeliveryStatus, Purpose, Transport
from alerts.models import Delivery, Endpoint
from common.actor import SYSTEM, Actor
from common.clock import database_now
from tests.alerts.sending import DESK, MINUTE, SLACK_PATH, again, low_stock, owe, work
from tests.alerts.staging import make_endpoint, make_member, team_of
from tests.factories import make_stage, make_user
from tests.receivers import HANG, MailReceiver, WebAnswer, WebReceiver

pytestmark = pytest.mark.django_db


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


def test_it_is_said_in_the_language_of_the_person_or_of_the_team_that_shares_the_address(
    mail: MailReceiver,
) -> None:
    stage, team, alert = low_stock()
    team.language = "hi"
    team.save()
    person = make_member(stage, Role.BOX_OFFICE, email="asha@example.com", language="en")
    owe(make_endpoint(team, DESK), alert)
    owe(make_endpoint(team, person.email, person=person), alert)
    assert work() == 2
    pages = {one.message["To"]: one.part("text/html") for one in mail.mails}
    for address, language, said in (
        (DESK, "hi", "चेतावनी खोलें"),
        ("asha@example.com", "en", "Open alert"),
    ):
        assert f'<html lang="{language}"' in pages[address]
        assert said in pages[address]
    # What the other side answered is for whoever looks into it, in one language.
    assert {one.receipt for one in Delivery.objects.all()} == {"250 2.0.0 Queued as 4711"}


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
