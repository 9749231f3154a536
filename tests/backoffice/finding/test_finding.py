"""What is found as a person types: of each kind, within the person's venues and rights, and never by harm."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from alerts.enums import AlertStatus
from allocations.models import SalesChannel
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from sales.models import Booking
from tests.alerts.making import make_alert
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, make_channel, make_event, make_stage, make_venue
from tests.kept import kept
from transfers import services as transfers
from transfers.models import Transfer
from transfers.services import Wish

pytestmark = pytest.mark.django_db
FIND = "/admin/find/"


def ask(client: Client, typed: str = "", **more: str) -> dict[str, Any]:
    answer = client.get(f"{FIND}?{urlencode({'typed': typed, **more})}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def titles(client: Client, typed: str, heading: str) -> list[str]:
    groups = {group["heading"]: group["rows"] for group in ask(client, typed)["groups"]}
    return [row["title"] for row in groups.get(heading, [])]


def hrefs(found: dict[str, Any]) -> list[str]:
    return [row["href"] for group in found["groups"] for row in group["rows"]]


@kept
def ragas(db: None) -> Stage:
    """An event with a booking, an alert and a transfer that waits."""
    stage = make_stage(
        channels=("Website", "Hotel desk"),
        items={"Silver circle": {"GA": 1}},
        name="Monsoon Ragas",
        give={("GA", "Website"): 60, ("GA", "Hotel desk"): 40},
    )
    stage.sell([("Silver circle", 2)], "Website", reference="AG-1001")
    make_alert(stage)
    with transaction.atomic():
        ask_for_units(stage)
    return stage


def ask_for_units(stage: Stage) -> Transfer:
    wish = Wish(stage.row(channel="Hotel desk").pk, stage.row(channel="Website").pk, 40, "Slow")
    return transfers.request(wish, by=SYSTEM, now=timezone.now())


@kept
def manager(ragas: Stage) -> Client:
    return signed_in(person(Role.VENUE_MANAGER, ragas))


# --- Of each kind -----------------------------------------------------------------------------------


def test_each_kind_is_found_by_its_words_and_leads_to_its_page(
    manager: Client, ragas: Stage
) -> None:
    booking = Booking.objects.get()
    said = str(booking)
    for typed, heading, title in (
        ("monsoon", "Events", "Monsoon Ragas"),
        ("rag mon", "Events", "Monsoon Ragas"),
        (said, "Bookings", said),
        (said.lower().replace("-", " "), "Bookings", said),
        (said[:4], "Bookings", said),
        (said[:7], "Bookings", said),
        (str(booking.uuid), "Bookings", said),
        ("AG-1001", "Bookings", said),
        ("AG-1", "Bookings", said),
        ("hotel", "Sales channels", "Hotel desk"),
        ("silver", "Items", "Silver circle"),
        ("ragas silver", "Items", "Silver circle"),
        ("low stock website", "Alerts", "Website: 49 units left of GA"),
        ("low monsoon", "Alerts", "Website: 49 units left of GA"),
        ("hotel ragas", "Transfers", "Hotel desk → Website"),
        ("approv", "Pages", "Approvals"),
        ("reports sell", "Pages", "Sell-through"),
        ("add eve", "Actions", "Add event"),
    ):
        assert title in titles(manager, typed, heading), typed
    assert ragas.event.pk
    for href in hrefs(ask(manager, "monsoon")) + hrefs(ask(manager, said)):
        assert manager.get(href).status_code == 200, href


def test_a_line_says_where_and_when(manager: Client, ragas: Stage) -> None:
    Event.objects.filter(pk=ragas.event.pk).update(starts_at="2030-07-05T13:30Z")
    [event] = ask(manager, "monsoon ragas")["groups"][0]["rows"]
    venue = ragas.event.venue
    assert event["about"][1:] == [venue.name, "On sale"]
    assert event["about"][0].startswith("5 Jul 2030, ")
    assert event["icon"] == "event"


def test_what_begins_so_and_what_comes_next_is_first(manager: Client, ragas: Stage) -> None:
    venue = ragas.event.venue
    for name, days in (("The Monsoon", 1), ("Monsoon, over", -20), ("Monsoon, soon", 2)):
        make_event(venue, name=name, starts_at=timezone.now() + timedelta(days=days))
    assert titles(manager, "monsoon", "Events") == [
        "Monsoon, soon",
        "Monsoon Ragas",
        "Monsoon, over",
        "The Monsoon",
    ]


def test_one_or_two_letters_begin_a_word(manager: Client, ragas: Stage) -> None:
    assert titles(manager, "ra", "Events") == ["Monsoon Ragas"]
    assert titles(manager, "m", "Events") == ["Monsoon Ragas"]
    assert titles(manager, "on", "Events") == []
    assert ragas.event.pk


def test_what_ended_is_found_by_its_event(manager: Client, ragas: Stage) -> None:
    alert = make_alert(ragas, status=AlertStatus.RESOLVED, resolved_at=timezone.now())
    assert f"/admin/alerts/alert/{alert.pk}/change/" in hrefs(ask(manager, "low monsoon"))
    assert f"/admin/alerts/alert/{alert.pk}/change/" not in hrefs(ask(manager, "website low"))


# --- Actions ----------------------------------------------------------------------------------------


def test_an_action_leads_to_its_dialog_and_does_nothing(manager: Client, ragas: Stage) -> None:
    website = ragas.channels["Website"]
    Event.objects.filter(pk=ragas.event.pk).update(status=EventStatus.DRAFT)
    for typed, title, href in (
        (
            "stop selling website",
            "Stop selling: Website",
            reverse("admin:allocations_saleschannel_stop", args=(website.pk,)),
        ),
        (
            "put on sale monsoon ragas",
            "Put on sale: Monsoon Ragas",
            reverse("admin:events_event_publish", args=(ragas.event.pk,)),
        ),
    ):
        found = {row["title"]: row["href"] for row in ask(manager, typed)["groups"][0]["rows"]}
        assert found[title] == href
        answer = manager.get(href)
        assert answer.status_code == 200
        assert b"<form" in answer.content
    assert "Stop selling: Website" in titles(manager, "stop website", "Actions")
    assert Event.objects.get(pk=ragas.event.pk).status == EventStatus.DRAFT


def test_an_action_is_offered_where_it_makes_sense_to_whom_it_is_allowed(ragas: Stage) -> None:
    client = signed_in(person(Role.VENUE_MANAGER, ragas))
    assert titles(client, "resume website", "Actions") == []
    stop_selling(target=ragas.channels["Website"], by=SYSTEM, reason="Rain")
    assert titles(client, "resume website", "Actions") == ["Resume selling: Website"]
    assert titles(client, "stop website", "Actions") == []
    auditor = signed_in(person(Role.AUDITOR, ragas))
    assert titles(auditor, "resume website", "Actions") == []
    assert titles(auditor, "website", "Sales channels") == ["Website"]
    assert titles(auditor, "add event", "Actions") == []


# --- Rights -----------------------------------------------------------------------------------------


def test_another_venue_is_not_found(ragas: Stage) -> None:
    other = make_stage(channels=("Other web",), name="Elsewhere")
    stranger = signed_in(person(Role.VENUE_MANAGER, other))
    booking = Booking.objects.get()
    for typed in ("monsoon", str(booking), str(booking)[:4], str(booking.uuid), "AG-1001"):
        assert not any("/change/" in href for href in hrefs(ask(stranger, typed))), typed
    for typed in ("hotel", "silver", "low stock", "stop hotel", "cancel monsoon"):
        assert not any(
            f"/{ragas.event.pk}/" in href or "Hotel" in href for href in hrefs(ask(stranger, typed))
        ), typed
        assert "Hotel desk" not in json.dumps(ask(stranger, typed))


def test_each_line_opens_for_each_role(ragas: Stage) -> None:
    words = ("monsoon", "AG-1001", "website", "silver", "low", "hotel", "stop", "add", "a", "re")
    for role in (Role.BOX_OFFICE, Role.PARTNER_MANAGER, Role.FINANCE, Role.AUDITOR):
        client = signed_in(person(role, ragas))
        for href in {href for typed in words for href in hrefs(ask(client, typed))}:
            assert client.get(href).status_code == 200, f"{role}: {href}"


def test_people_are_found_by_superusers_alone(
    manager: Client, superuser: Client, ragas: Stage
) -> None:
    clerk = person(Role.BOX_OFFICE, ragas)
    type(clerk).objects.filter(pk=clerk.pk).update(name="Asha Rao")
    assert titles(superuser, "asha", "People") == ["Asha Rao"]
    assert titles(manager, "asha", "People") == []
    assert "people" not in ask(manager, "nothing is so")["said"]


def test_nobody_finds_a_rehearsal(superuser: Client) -> None:
    venue = make_venue(is_rehearsal=True)
    make_event(venue, name="Rehearsed Ragas")
    make_channel(venue, "rehearsed-web")
    assert hrefs(ask(superuser, "rehearsed")) == []


def test_who_is_signed_out_finds_nothing(client: Client) -> None:
    answer = client.get(f"{FIND}?typed=monsoon")
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


# --- Opened last ------------------------------------------------------------------------------------


def test_what_was_opened_last_is_named_in_its_order_as_far_as_it_may_be_seen(
    manager: Client, ragas: Stage
) -> None:
    elsewhere = make_stage(name="Elsewhere").event
    channel = ragas.channels["Website"]
    named = (
        f"allocations.saleschannel:{channel.pk},events.event:{elsewhere.pk},"
        f"events.event:{ragas.event.pk},events.venue:1,auth.group:1,events.event:x,events.event:9{'9' * 30},,:"
    )
    found = ask(manager, opened=named)
    [group] = found["groups"]
    assert (group["heading"], [row["title"] for row in group["rows"]]) == (
        "Opened last",
        ["Website", "Monsoon Ragas"],
    )
    assert ask(manager)["groups"] == []
    assert ask(manager)["said"].startswith("Type a name")


# --- Whatever is typed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        *("%", "_", "%%%%", "\\", "'", '"', "'; DROP TABLE events_event; --", "\x00", "a\x00b"),
        *("x" * 10_000, "मानसून", "मा", "\ud83d", "🎫", "\u202e", "a " * 500, "::", "\n\t", "-" * 4),
        *("9" * 40, "AG-1001%", "monsoon\x00", "İ", "ß"),
    ],
)
def test_whatever_is_typed_is_looked_for_as_it_is(manager: Client, typed: str) -> None:
    answer = manager.get(FIND, {"typed": typed.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    found = json.loads(answer.content)
    names = {row["title"] for group in found["groups"] for row in group["rows"]}
    assert typed.startswith("monsoon") or "Monsoon Ragas" not in names


def test_signs_that_mean_something_to_the_database_are_letters(
    manager: Client, ragas: Stage
) -> None:
    make_event(ragas.event.venue, name="100% _live_")
    make_event(ragas.event.venue, name="मानसून राग")
    assert titles(manager, "00%", "Events") == ["100% _live_"] == titles(manager, "_live", "Events")
    assert titles(manager, "मानसून", "Events") == ["मानसून राग"] == titles(manager, "रा", "Events")


def test_a_name_is_answered_as_text(manager: Client, ragas: Stage) -> None:
    name = "<img src=x onerror=alert(1)>"
    make_event(ragas.event.venue, name=name)
    answer = manager.get(FIND, {"typed": "<img"})
    assert answer["Content-Type"] == "application/json"
    assert name in titles(manager, "<img", "Events")


# --- Cost -------------------------------------------------------------------------------------------


def statements(client: Client, typed: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        ask(client, typed)
    return [query["sql"] for query in queries]


def test_one_statement_for_each_kind_however_much_there_is(manager: Client, ragas: Stage) -> None:
    ask(manager, "monsoon")  # the language and the like are read once a process
    before = statements(manager, "monsoon")
    # Session, person, own rights, those of the role; events, bookings, channels, items, alerts, transfers.
    assert len(before) == 4 + 6
    for number in range(8):
        event = make_event(ragas.event.venue, name=f"Monsoon {number}")
        make_channel(ragas.event.venue, f"monsoon-{number}")
        stage = Stage(event, ragas.pools, ragas.items, ragas.channels)
        make_alert(stage)
    assert len(statements(manager, "monsoon")) == len(before)
    # Actions: of events and of channels one more, with another for what is stopped; no item is called so.
    assert len(statements(manager, "stop monsoon")) == len(before) + 2 + 2 + 1
    assert SalesChannel.objects.count() > 8
