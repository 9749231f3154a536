"""A new version of a plan is sent to each channel's partner, once, with a receipt, and acknowledged by its link."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from alerts.enums import Purpose, Transport
from alerts.letters import acknowledge, write_letters
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Delivery, Endpoint, Letter
from allocations import services as allocations
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from tests.alerts.conftest import person, signed_in
from tests.alerts.rendering import rendered
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.factories import Stage, make_stage
from tests.proofs import violates

pytestmark = pytest.mark.django_db


def stage_of(**event: Any) -> Stage:
    stage = make_stage(channels=("web", "agent", "hotel"), pools={"GA": 1000}, give={}, **event)
    Endpoint.objects.create(
        channel=stage.channels["agent"], transport=Transport.EMAIL, address="desk@agent.example"
    )
    return stage


def message_of(letter: Letter) -> Any:
    [delivery] = Delivery.objects.select_related(*RELATED).filter(letter=letter)
    assert delivery.purpose == Purpose.LETTER
    return rendered(compose([delivery], timezone.now()))


def test_each_version_is_sent_once_as_what_is_in_force() -> None:
    stage = stage_of()
    apply(stage, line(stage, "agent", "30"), line(stage, "hotel", 20))
    with transaction.atomic():
        allocations.set_capacity(pool=stage.pools["GA"], capacity=1050, by=SYSTEM, reason="test")
    now = timezone.now()
    assert write_letters(now) == 1
    assert write_letters(now) == 0
    letters = {letter.channel.name: letter for letter in Letter.objects.all()}
    assert set(letters) == {"agent", "hotel"}
    assert not letters["hotel"].deliveries.exists()
    found = message_of(letters["agent"])
    assert "Your part at present is 300 units." in found.text
    assert "hotel" not in found.text
    assert found.data["type"] == "allocation.letter"
    # The next version goes to who has left the plan too.
    apply(stage, line(stage, "hotel", 20))
    assert write_letters(now) == 1
    assert (
        "No part is set aside for you."
        in message_of(Letter.objects.get(plan__version=2, channel__name="agent")).text
    )


def test_nobody_hears_of_a_draft_until_it_is_published() -> None:
    stage = stage_of(status=EventStatus.DRAFT)
    apply(stage, line(stage, "agent", 30))
    assert write_letters(timezone.now()) == 0
    Event.objects.update(status=EventStatus.ON_SALE)
    assert write_letters(timezone.now()) == 1
    Letter.objects.all().delete()
    assert write_letters(timezone.now() + timedelta(days=31)) == 0  # it is over


def test_the_partner_reads_and_acknowledges_it_by_its_link(client: Client) -> None:
    stage = stage_of()
    apply(stage, line(stage, "agent", 30))
    write_letters(timezone.now())
    [letter] = Letter.objects.all()
    link = message_of(letter).data["data"]["url"].removeprefix(settings.PUBLIC_URL)
    page = client.get(link)
    assert "You are guaranteed 30 units." in page.content.decode()
    letter.refresh_from_db()
    assert letter.acknowledged_at is None  # mail filters follow every link
    assert client.post(link).status_code == 302
    letter.refresh_from_db()
    assert letter.acknowledged_through == Endpoint.objects.get()
    first = letter.acknowledged_at
    client.post(link)
    letter.refresh_from_db()
    assert letter.acknowledged_at == first
    assert "Acknowledged" in client.get(link).content.decode()
    assert client.get(f"{link[:-3]}x/").status_code == 403
    Endpoint.objects.update(is_active=False)
    assert client.get(link).status_code == 410


def test_the_channels_page_keeps_who_was_sent_what_and_whether_it_is_acknowledged() -> None:
    stage = stage_of()
    apply(stage, line(stage, "agent", 30), line(stage, "hotel", 20))
    write_letters(timezone.now())
    client = signed_in(person(Role.VENUE_MANAGER, stage))

    def told(channel: str) -> str:
        body = client.get(page(stage.channels[channel], "change")).content.decode()
        return " ".join(body[body.index("Letters of plans") :].split())

    assert "desk@agent.example" in told("agent")
    assert "Pending" in told("agent")
    assert "not yet" in told("agent")
    assert "Nobody: the channel had no address." in told("hotel")
    letter = Letter.objects.get(channel=stage.channels["agent"])
    acknowledge(letter, Endpoint.objects.get(), timezone.now())
    assert "not yet" not in told("agent")


def test_the_database_keeps_one_letter_a_version_and_one_message_an_endpoint() -> None:
    stage = stage_of()
    apply(stage, line(stage, "agent", "30"))
    write_letters(timezone.now())
    [letter] = Letter.objects.all()
    [sent] = letter.deliveries.all()
    with violates("letter_once"):
        Letter.objects.create(plan=letter.plan, channel=letter.channel, text=[])
    with violates("letter_acknowledged_when"):
        Letter.objects.filter(pk=letter.pk).update(acknowledged_through=sent.endpoint)
    with violates("delivery_of_letter_once"):
        Delivery.objects.create(
            endpoint=sent.endpoint, letter=letter, purpose=Purpose.LETTER, due_at=sent.due_at
        )
