"""A sign for visitors: its word, and that it says nothing of ours."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from boxoffice.sign import sign_of
from events.enums import EventStatus
from events.models import Event, Item
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db

TABLE = json.loads((Path(__file__).parent / "signs.json").read_text())


@kept
def stage(db: None) -> Stage:
    return make_stage(
        channels=("web", "agent"),
        give={("GA", "agent"): 1, ("GA", "web"): 1},
        items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}},
    )


@kept
def other(db: None) -> Stage:
    return make_stage(channels=("other-web",))


@pytest.fixture
def client(person: User) -> Client:
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def address(stage: Stage, **query: object) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('boxoffice:sign', args=[stage.event.pk])}?{asked}"


def word(client: Client, stage: Stage, **query: object) -> str:
    page = client.get(address(stage, **query)).content.decode()
    [text] = re.findall(r"data-sign-word>([^<]*)<", page)
    return unescape(str(text))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: "-".join(row["levels"]) or "nothing")
def test_a_sign_says_the_word_of_the_best_that_can_be_had(row: Any) -> None:
    assert sign_of(row["levels"]) == row["sign"]


def test_an_item_is_sold_out_while_the_event_is_not(stage: Stage, client: Client) -> None:
    pair = stage.items["Pair"].pk
    assert word(client, stage) == "Tickets available"
    assert word(client, stage, item=pair) == "Sold out"
    for channel in ("web", "agent"):
        stage.sell((("Ticket", 1),), channel=channel)
    assert word(client, stage) == "Sold out"


def test_what_only_a_hidden_channel_still_has_is_sold_out_for_visitors(
    stage: Stage, client: Client
) -> None:
    stage.sell((("Ticket", 1),), channel="web")
    assert word(client, stage) == "Tickets available"
    SalesChannel.objects.filter(pk=stage.channels["agent"].pk).update(
        kind=ChannelKind.HIDDEN, place=ChannelPlace.GUEST_LIST
    )
    assert word(client, stage) == "Sold out"


def test_a_stop_a_cancellation_and_a_pause_are_said_and_no_reason_for_them(
    stage: Stage, client: Client
) -> None:
    Item.objects.filter(event=stage.event).update(stop_reason="The singer is late")
    assert word(client, stage) == "Sales stopped"
    assert "singer" not in client.get(address(stage)).content.decode()
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.PAUSED)
    assert word(client, stage) == "Not on sale"
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.CANCELLED)
    assert word(client, stage) == "Cancelled"


def test_anothers_event_and_items_and_none_at_all_look_alike(
    stage: Stage, other: Stage, client: Client
) -> None:
    assert client.get(address(other)).status_code == 404
    for item in (other.items["Ticket"].pk, 10**30, "x"):
        assert client.get(address(stage, item=item)).status_code == 404
    assert Client().get(address(stage)).status_code == 302


def test_the_sign_keeps_to_the_policy(stage: Stage, client: Client) -> None:
    answer = client.get(address(stage))
    assert not re.search(r"\s(style|on\w+)=", answer.content.decode())
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
