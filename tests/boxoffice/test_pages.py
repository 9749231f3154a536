"""The pages of the board, as the web server gives them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from allocations.stop_sell import stop_selling
from boxoffice.presentation import bar_of
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event, Pool
from events.services import pause_event
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


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


def board_of(stage: Stage) -> str:
    return reverse("boxoffice:board", args=[stage.event.pk])


def test_nobody_sees_a_board_without_signing_in(stage: Stage) -> None:
    for address in (board_of(stage), reverse("boxoffice:boards")):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("admin:login"))


def test_large_numbers_are_grouped_as_on_every_page(person: User, client: Client) -> None:
    stage = make_stage(channels=("agent",), pools={"GA": 12345})
    person.venues.add(stage.event.venue)
    person.channels.add(*stage.channels.values())
    page = client.get(board_of(stage)).content.decode()
    assert re.findall(r"data-count>([^<]*)<", page) == ["12,345"]
    assert 'data-sum="capacity">12,345<' in page


def test_what_is_not_on_sale_has_one_name_in_the_legend_and_in_each_cell(
    stage: Stage, client: Client
) -> None:
    def words(page: str) -> list[tuple[str, str]]:
        return re.findall(
            r'<li data-level="closed">.*</span> (.*)</li>|data-word>(.*)</span>', page
        )

    for change in ({"sales_until": timezone.now()}, {"status": EventStatus.PAUSED}):
        Event.objects.filter(pk=stage.event.pk).update(**change)
        found = words(client.get(board_of(stage)).content.decode())
        assert {one or other for one, other in found} == {"Not on sale"}


def said(page: str) -> tuple[str, str]:
    """How the board says the event's state, and in which words."""
    match = re.search(r'<section class="event-state".*?</section>', page, re.DOTALL)
    tone = re.search(r'data-sales="(\w+)"', page)
    assert match is not None
    assert tone is not None
    assert f'data-tone="{tone[1]}"' in match[0]
    return tone[1], " ".join(re.sub("<[^>]+>", " ", match[0]).split())


def test_a_board_says_in_which_state_of_selling_its_event_is(
    stage: Stage, person: User, client: Client
) -> None:
    assert said(client.get(board_of(stage)).content.decode())[0] == "open"
    stop_selling(target=stage.items["Ticket"], by=SYSTEM, reason="Wrong <price>")
    tone, words = said(client.get(board_of(stage)).content.decode())
    assert tone == "stopped"
    assert words.startswith("All of it is stopped Ticket since ")
    assert "Wrong &lt;price&gt;" in words
    with transaction.atomic():
        pause_event(event_id=stage.event.pk, by=SYSTEM, reason="The singer is ill")
    wall = f"{reverse('boxoffice:wall')}?event={stage.event.pk}"
    for address in (board_of(stage), wall):
        page = client.get(address).content.decode()
        assert 'data-sales="closed"' in page
        assert "Sales are paused" in page
        # A wall is seen by whoever passes.
        assert ("The singer is ill" in page) == (address != wall)
    # Why is for who may see the event and its history.
    person.groups.clear()
    person.user_permissions.add(Permission.objects.get(codename="view_stock"))
    for address in (board_of(stage), wall):
        page = client.get(address).content.decode()
        assert "Sales are paused since" in " ".join(re.sub("<[^>]+>", " ", page).split())
        assert "The singer is ill" not in page
    Event.objects.update(starts_at=timezone.now() - timedelta(days=9))
    assert said(client.get(board_of(stage)).content.decode())[0] == "closed"


def test_the_board_comes_with_its_numbers(stage: Stage, client: Client) -> None:
    stage.sell((("Ticket", 4),), channel="agent")
    stage.hold((("Ticket", 1),), channel="agent")
    page = client.get(board_of(stage)).content.decode()
    cell = page.split(f'data-listing="{stage.listing(channel="agent").pk}"')[1]
    assert re.search(r"data-count>(\d+)<", cell)[1] == "25"  # type: ignore[index]
    pool = page.split(f'data-pool="{stage.pools["GA"].pk}"')[1]
    sums = dict(re.findall(r'data-sum="(\w+)">(\d+)<', pool))
    assert sums == {
        "left": "95",
        "capacity": "100",
        "sold": "4",
        "held": "1",
        "free": "25",
        "open": "70",
    }


def test_anothers_board_and_none_at_all_look_alike(other: Stage, client: Client) -> None:
    assert client.get(board_of(other)).status_code == 404
    assert client.get(reverse("boxoffice:board", args=[10**9])).status_code == 404
    assert client.get("/board/" + "9" * 40 + "/").status_code == 404


def test_a_person_without_the_right_to_see_stock_sees_no_board(stage: Stage) -> None:
    user = make_user()
    user.venues.add(stage.event.venue)
    client = Client()
    client.force_login(user)
    assert client.get(board_of(stage)).status_code == 404
    assert stage.event.name not in client.get(reverse("boxoffice:boards")).content.decode()


def test_the_list_names_what_is_on_sale_at_ones_own_venues(
    stage: Stage, other: Stage, client: Client
) -> None:
    closed = make_stage(venue=stage.event.venue, channels=("c",), status=EventStatus.CLOSED)
    page = client.get(reverse("boxoffice:boards")).content.decode()
    assert board_of(stage) in page
    assert board_of(other) not in page
    assert board_of(closed) not in page


@pytest.mark.parametrize("address", ["boxoffice:boards", "boxoffice:board"])
def test_the_number_of_queries_does_not_grow(stage: Stage, client: Client, address: str) -> None:
    url = board_of(stage) if address == "boxoffice:board" else reverse(address)
    counts = []
    for _ in range(2):
        client.get(url)  # the set-up is kept in memory from here on
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        counts.append(len(queries))
        make_stage(venue=stage.event.venue, channels=(f"more-{len(counts)}",))
        make_stage(venue=stage.event.venue, channels=(f"most-{len(counts)}",))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


def test_names_are_text_whatever_they_contain(stage: Stage, client: Client) -> None:
    Event.objects.filter(pk=stage.event.pk).update(name=HOSTILE)
    stage.pools["GA"].name = HOSTILE
    stage.pools["GA"].save()
    for address in (board_of(stage), reverse("boxoffice:boards")):
        page = client.get(address).content.decode()
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


def policy_of(answer: Any) -> dict[str, list[str]]:
    directives = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (one.split() for one in directives)}


def test_the_page_may_connect_to_the_live_server_and_to_nothing_else(
    stage: Stage, client: Client, settings: Any
) -> None:
    settings.LIVE_URL, settings.LIVE_PORT = "", 8001
    answer = client.get(board_of(stage), headers={"host": "localhost:8000"})
    assert policy_of(answer)["connect-src"] == ["'self'", "ws://localhost:8001"]
    assert f'data-socket="ws://localhost:8001/ws/events/{stage.event.pk}/"' in (
        answer.content.decode()
    )
    for kind in ("script-src", "style-src"):
        own, nonce = policy_of(answer)[kind]
        assert own == "'self'"
        assert nonce.startswith("'nonce-")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]

    settings.LIVE_URL = "wss://tickets.example.com"
    answer = client.get(board_of(stage))
    assert policy_of(answer)["connect-src"] == ["'self'", "wss://tickets.example.com"]


def test_other_pages_connect_to_their_own_origin_alone(stage: Stage, client: Client) -> None:
    for address in (reverse("boxoffice:boards"), "/api/v1/docs/"):
        assert policy_of(client.get(address))["connect-src"] == ["'self'"]


def test_the_list_shows_pools_in_their_order_and_says_what_the_number_is(
    stage: Stage, client: Client
) -> None:
    venue = stage.event.venue
    names = [f"Block {letter}" for letter in "DACBFE"]
    make_stage(venue=venue, channels=("c",), pools=dict.fromkeys(names, 7_000), items={})
    for position, name in enumerate(names):
        Pool.objects.filter(name=name).update(position=position)
    page = client.get(reverse("boxoffice:boards")).content.decode()
    assert re.findall(r"Block \w", page) == names
    assert page.count("<b>7,000</b> left") == len(names)


def test_no_page_has_an_inline_style_or_handler(stage: Stage, client: Client) -> None:
    for address in (board_of(stage), reverse("boxoffice:boards")):
        page = client.get(address).content.decode()
        assert not re.search(r"\s(style|on\w+)=", page)
        scripts = re.findall(r"<script([^>]*)>", page)
        assert all(re.search(r'src=|nonce="[\w-]|application/json', found) for found in scripts)


def test_a_bar_is_in_proportion_and_empty_when_there_is_nothing() -> None:
    assert bar_of(sold=1, held=1, free=2) == [
        ("sold", "0.000%", "25.000%"),
        ("held", "25.000%", "25.000%"),
        ("free", "50.000%", "50.000%"),
    ]
    assert {part.width for part in bar_of(sold=0, held=0, free=0)} == {"0.000%"}
