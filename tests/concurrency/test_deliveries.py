"""Several workers claim at once, each on a connection of its own: every message is sent once."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from accounts.roles import Role
from alerts import delivery
from alerts.enums import DeliveryStatus, Purpose
from alerts.models import Delivery
from common.clock import database_now
from tests.alerts.staging import make_endpoint, team_of
from tests.concurrency.race import errors_of, race
from tests.factories import make_stage
from tests.receivers import MailReceiver

WORKERS = 6
ADDRESSES = [f"{number}@example.com" for number in range(5)]
EACH = 4
SKIPPING = "FOR NO KEY UPDATE OF e SKIP LOCKED"


@pytest.fixture
def mail(settings: Any) -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
        settings.EMAIL_FROM = "Finlo <alerts@finlo.test>"
        yield receiver


def owe() -> None:
    team, now = team_of(make_stage(), Role.BOX_OFFICE), database_now()
    Delivery.objects.bulk_create(
        Delivery(endpoint=endpoint, purpose=Purpose.TEST, due_at=now)
        for endpoint in [make_endpoint(team, address) for address in ADDRESSES]
        for _ in range(EACH)
    )


def work() -> list[int]:
    """Send until nothing is due; the deliveries that were."""
    sent: list[int] = []
    while Delivery.objects.filter(status=DeliveryStatus.PENDING).exists():
        found = delivery.claim(database_now())
        if found is None or not found.deliveries:
            continue
        delivery.deliver(found)
        sent += [one.pk for one in found.deliveries]
    return sent


def numbers(mail: MailReceiver) -> set[str]:
    """Of the messages that have come, each once."""
    return {one.message["Message-ID"] for one in mail.mails}


def test_each_message_is_sent_once_by_one_of_many(mail: MailReceiver) -> None:
    owe()
    outcomes = race([work] * WORKERS)
    assert errors_of(outcomes) == []
    sent = Counter(one for found in outcomes for one in found.value or ())
    assert set(sent) == set(Delivery.objects.values_list("pk", flat=True))
    assert set(sent.values()) == {1}
    assert Counter(one.recipients[0] for one in mail.mails) == dict.fromkeys(ADDRESSES, EACH)
    assert len(numbers(mail)) == len(mail.mails)
    assert set(Delivery.objects.values_list("status", "attempts")) == {("SENT", 1)}


def test_without_the_lock_of_the_endpoint_some_are_sent_twice(
    mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. What it breaks: workers read that nothing is being sent, and then all claim."""
    assert SKIPPING in delivery.FREE
    monkeypatch.setattr(delivery, "FREE", delivery.FREE.replace(SKIPPING, ""))
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    owe()
    # Some claim what another has sent meanwhile: that the table's own rule refuses.
    assert errors_of(race([work] * WORKERS), IntegrityError) == []
    assert len(mail.mails) > len(numbers(mail))
