"""Several events on one wall: which are shown, and what is said of the others."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from boxoffice.wall import MAX_EVENTS
from events.models import Event
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"), give={("GA", "agent"): 30})


@kept
def other(db: None) -> Stage:
    return make_stage(channels=("other-web",))


@pytest.fixture
def client(person: User) -> Client:
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


def wall(*events: object) -> str:
    return f"{reverse('boxoffice:wall')}?{'&'.join(f'event={event}' for event in events)}"


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="event-(\d+)"', page)]


def more(stage: Stage, number: int) -> list[int]:
    made = [make_stage(venue=stage.event.venue, channels=(f"c{n}",)) for n in range(number)]
    return [one.event.pk for one in made]


def test_events_are_shown_in_the_order_that_the_address_names(stage: Stage, client: Client) -> None:
    [second] = more(stage, 1)
    page = client.get(wall(second, stage.event.pk, second)).content.decode()
    assert shown(page) == [second, stage.event.pk]
    assert f"/ws/events/{second}/" in page
    assert "wall-note" not in page


def test_more_events_than_a_wall_has_room_for_are_counted_and_left_out(
    stage: Stage, client: Client
) -> None:
    events = [stage.event.pk, *more(stage, MAX_EVENTS)]
    page = client.get(wall(*events)).content.decode()
    assert shown(page) == events[:MAX_EVENTS]
    assert "4 of 5 events are shown: a wall has room for 4." in page


def test_anothers_event_and_none_at_all_look_alike(
    stage: Stage, other: Stage, client: Client
) -> None:
    for stranger in (other.event.pk, 10**15, "9" * 99, "x", "²", ""):
        page = client.get(wall(stage.event.pk, stranger)).content.decode()
        assert shown(page) == [stage.event.pk]
        assert "1 event cannot be shown." in page
        assert client.get(wall(stranger)).status_code == 404
    assert client.get(reverse("boxoffice:wall")).headers["Location"] == reverse("boxoffice:boards")
    assert Client().get(wall(stage.event.pk)).status_code == 302


def test_who_sells_through_some_channels_sees_these_alone(
    stage: Stage, person: User, client: Client
) -> None:
    person.channels.remove(stage.channels["web"])
    page = client.get(wall(stage.event.pk)).content.decode()
    assert '<span class="wall-channel">agent</span>' in page.lower()
    assert '<span class="wall-channel">web</span>' not in page.lower()


def test_a_wall_costs_the_same_statements_for_each_event(stage: Stage, client: Client) -> None:
    events = [stage.event.pk, *more(stage, 3)]
    counts = []
    for number in (1, 2, 4):
        client.get(wall(*events[:number]))  # the set-up is kept in memory from here on
        with CaptureQueriesContext(connection) as queries:
            client.get(wall(*events[:number]))
        counts.append(len(queries))
    each = counts[1] - counts[0]
    assert counts[2] == counts[1] + 2 * each
    assert each <= 7
    assert counts[0] <= 14


def test_the_wall_keeps_to_the_policy_and_shows_names_as_text(stage: Stage, client: Client) -> None:
    hostile = "</script><script>alert(1)</script>"
    Event.objects.filter(pk=stage.event.pk).update(name=hostile)
    answer = client.get(wall(stage.event.pk))
    page = answer.content.decode()
    assert hostile not in page
    assert not re.search(r"\s(style|on\w+)=", page)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert re.search(r"connect-src 'self' wss?://", answer.headers["Content-Security-Policy"])


def test_the_list_offers_each_event_for_a_wall(stage: Stage, client: Client) -> None:
    page = client.get(reverse("boxoffice:boards")).content.decode()
    assert f'form="wall" name="event" value="{stage.event.pk}"' in page
