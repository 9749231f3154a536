"""An event's page holds together what belongs to the event, at a cost that does not grow with it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from allocations.services import channel_row
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from partners.services import issue_key
from sales import limits
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_lists import queries
from tests.factories import Stage, make_event, make_stage, make_venue
from tests.indexes import plan_of_conditions

pytestmark = pytest.mark.django_db

# Of an event's page for a superuser, with all its tabs: some are two a tab. Whoever adds one says here for what.
# Late sales: leases, open conflicts, and how many of those there are at all, for the menu.
# Set aside: the named holds, and what is out of sale.
STATEMENTS = 32


def panel(client: Client, event: Event, slug: str) -> str:
    """The text of one tab, tags left out."""
    body = client.get(page(event, "change")).content.decode()
    match = re.search(rf'id="dataset-{slug}-group"(.*?)</section>', body, re.DOTALL)
    assert match, slug
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", match[1]))


def test_pools_show_what_is_sold_held_and_free(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 12)])
    stage.hold([("Ticket", 5)])
    text = panel(manager, stage.event, "parts")
    assert "GA 100 12 sold · 5 held · 83 free 0" in text


def test_items_show_what_they_take_and_what_their_limit_leaves(
    manager: Client, stage: Stage
) -> None:
    limits.set_item_limit(item=stage.items["Ticket"], limit=40, by=SYSTEM, reason="test")
    stage.sell([("Ticket", 12)])
    text = panel(manager, stage.event, "parts")
    assert "Ticket Standalone ticket 1 × GA 28 of 40 left 2" in text


def test_listings_show_what_each_channel_can_sell_now(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 12)])
    text = panel(manager, stage.event, "listings")
    assert "web Direct digital Ticket 10 No limit 88" in text
    assert "Ticket takes from GA, of which this channel has been given nothing." in text
    assert "Sold out" not in text


def test_a_listing_that_cannot_sell_says_why(manager: Client, stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.PAUSED)
    assert "The event is paused." in panel(manager, stage.event, "listings")


def test_stock_shows_who_has_how_much_and_draws_on_what(manager: Client, stage: Stage) -> None:
    stage.draw("agent", on="Partners", ceiling=30)
    text = panel(manager, stage.event, "stock")
    assert "web 100 100 free 0 –" in text
    assert "agent 0 0 free 0 Partners up to 30 in all" in text


def test_bookings_show_the_newest(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    text = panel(manager, stage.event, "bookings")
    assert "web Ticket 3 30 INR Confirmed" in text


def test_keys_show_those_of_its_channels(manager: Client, stage: Stage, other: Stage) -> None:
    for found, name in ((stage, "Web shop"), (other, "Elsewhere")):
        channel = found.channels["web"]
        issue_key(channel=channel, name=name, scopes=["read"], by=SYSTEM, reason="test")
    text = panel(manager, stage.event, "keys")
    assert "Web shop" in text
    assert "Elsewhere" not in text


def test_a_tab_is_for_those_who_may_view_what_is_on_it(stage: Stage, sign_in: SignIn) -> None:
    body = sign_in(person(Role.BOX_OFFICE, stage)).get(page(stage.event, "change"))
    assert "dataset-stock-group" in body.content.decode()
    assert "dataset-keys-group" not in body.content.decode()  # a box office sees no keys


def test_a_new_event_has_no_tabs_and_says_what_comes_first(manager: Client, stage: Stage) -> None:
    assert "dataset-parts" not in manager.get(page(Event, "add")).content.decode()
    empty = make_event(stage.event.venue)
    assert "No pool yet." in panel(manager, empty, "parts")
    assert "No channel offers anything yet." in panel(manager, empty, "listings")
    assert "Nothing has been sold yet." in panel(manager, empty, "bookings")


def test_a_larger_event_asks_the_database_no_more_often(superuser: Client) -> None:
    small = make_stage(channels=("web",))
    large = make_stage(
        pools={"GA": 100, "VIP": 20, "Parking": 30},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 1, "Parking": 1}, "Lounge": {"VIP": 1}},
        channels=("web", "agent", "desk"),
        give={("GA", "web"): 50, ("GA", "desk"): 10, ("VIP", "web"): 5, ("Parking", "web"): 5},
    )
    for stage, bookings in ((small, 1), (large, 6)):
        for _ in range(bookings):
            stage.sell()
        for channel in stage.channels.values():
            issue_key(channel=channel, name="k", scopes=["read"], by=SYSTEM, reason="test")
    for stage in (small, large):
        queries(superuser, page(stage.event, "change"))  # the set-up is kept from here on
    asked = [queries(superuser, page(stage.event, "change")) for stage in (small, large)]
    assert asked == [STATEMENTS, STATEMENTS]


def test_the_first_look_at_an_event_reads_its_set_up_besides(superuser: Client) -> None:
    stage = make_stage()
    queries(superuser, page(make_stage().event, "change"))  # content types and the like
    channel_row(pool=stage.pools["GA"], channel=stage.channels["web"])
    assert queries(superuser, page(stage.event, "change")) == STATEMENTS + 7


# --- The list -------------------------------------------------------------------------------


def names(client: Client, **asked: str) -> list[str]:
    answer = client.get(page(Event, "changelist"), asked)
    assert answer.status_code == 200
    return [event.name for event in answer.context["cl"].result_list]


def test_coming_events_are_listed_from_the_next_one_on(manager: Client, stage: Stage) -> None:
    venue = stage.event.venue
    Event.objects.filter(pk=stage.event.pk).update(name="In a month")
    for name, days in (("Last week", -7), ("Yesterday", -2), ("Next week", 7)):
        make_event(venue, name=name, starts_at=timezone.now() + timedelta(days=days))
    assert names(manager, when="coming") == ["Next week", "In a month"]
    assert names(manager, when="past") == ["Yesterday", "Last week"]
    assert names(manager) == ["In a month", "Next week", "Yesterday", "Last week"]


def test_the_list_shows_the_use_of_the_first_pool(manager: Client, stage: Stage) -> None:
    stage.sell([("Ticket", 12)])
    body = manager.get(page(Event, "changelist")).content.decode()
    assert "12 sold · 88 free" in body


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("ragas", ["Monsoon Ragas"]),
        ("MONSOON rag", ["Monsoon Ragas"]),
        ('"monsoon ragas"', ["Monsoon Ragas"]),
        ("pune", ["Monsoon Ragas", "Tughlaq"]),
        ("pune tugh", ["Tughlaq"]),
        ("ragas tugh", []),
        ("100%", []),
        ("'", []),
    ],
)
def test_each_word_is_found_in_the_event_or_in_what_it_belongs_to(
    term: str, found: list[str], superuser: Client
) -> None:
    venue = make_venue(name="Blue Hall", slug="blue", city="Pune")
    other = make_venue(name="Red Hall", slug="red", city="Agra")
    start = timezone.now() + timedelta(days=9)
    make_event(venue, name="Monsoon Ragas", starts_at=start + timedelta(days=1))
    make_event(venue, name="Tughlaq", starts_at=start)
    make_event(other, name="Craft Fair", starts_at=start)
    assert names(superuser, q=term) == found


def test_a_search_uses_the_index_of_names(superuser: Client) -> None:
    make_event()
    with CaptureQueriesContext(connection) as asked:
        superuser.get(page(Event, "changelist"), {"q": "1999"})
    [statement] = [
        one["sql"] for one in asked if one["sql"].startswith('SELECT "events_event"."id"')
    ]
    condition = r'UPPER\("events_event"\."name"::text\) LIKE UPPER\([^)]*\)'
    assert "event_by_part_of_name" in plan_of_conditions(statement, "events_event", condition)


def test_a_search_box_takes_a_character_that_no_text_has(superuser: Client) -> None:
    make_event()
    asked = {"app_label": "events", "model_name": "pool", "field_name": "event", "term": "\x00"}
    assert superuser.get(reverse("admin:autocomplete"), asked).json()["results"] == []


def test_a_range_of_moments_is_read_in_the_zone_of_the_venue(manager: Client, stage: Stage) -> None:
    venue = stage.event.venue  # Asia/Kolkata
    Event.objects.filter(pk=stage.event.pk).update(starts_at=datetime(2031, 1, 1, tzinfo=UTC))
    day = datetime(2030, 11, 5, tzinfo=venue.zone)
    make_event(venue, name="Just after midnight", starts_at=day + timedelta(minutes=10))
    make_event(venue, name="Just before", starts_at=day - timedelta(minutes=10))
    asked = {"starts_at_from_0": "2030-11-05", "starts_at_from_1": "00:00:00"}
    upto = {"starts_at_to_0": "2030-12-31"}
    assert names(manager, **asked, **upto) == ["Just after midnight"]
    assert names(manager, starts_at_from_0="2030-11-05", **upto) == ["Just after midnight"]
    assert names(manager, starts_at_to_0="2030-11-04") == ["Just before"]


@pytest.mark.parametrize("day", ["tomorrow", "0001-01-01", "2030-13-45", "9999-12-31"])
def test_a_day_that_is_none_is_no_failure(day: str, manager: Client, stage: Stage) -> None:
    answer = manager.get(page(Event, "changelist"), {"starts_at_from_0": day})
    assert answer.status_code in {200, 302}
