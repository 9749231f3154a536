"""The filters in force of a list stand above it, each with a way to take it off."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.kit.chips import Chips
from tests.factories import Stage

pytestmark = pytest.mark.django_db

EVENTS = "/admin/events/event/"
BOOKINGS = "/admin/sales/booking/"
STOCK = "/admin/allocations/stock/"


def chips(client: Client, address: str) -> Chips:
    answer = client.get(address)
    assert answer.status_code == 200
    found: Chips = answer.context["cl"].chips
    return found


def said(client: Client, address: str) -> list[tuple[str, str]]:
    return [(chip.label, chip.text) for chip in chips(client, address).chips]


def test_each_filter_in_force_is_said_in_words(manager: Client, stage: Stage) -> None:
    venue = stage.event.venue
    address = (
        f"{EVENTS}?status__exact=ON_SALE&venue__id__exact={venue.pk}&stopped=no&when=coming"
        "&starts_at_from_0=2026-11-01&starts_at_to_0=2026-11-05&starts_at_to_1=18:00:00&q=gala&o=1"
    )
    assert said(manager, address) == [
        ("when", "From today on"),
        ("status", "On sale"),
        ("starts at", "from 1 Nov 2026 until 5 Nov 2026, 18:00 IST"),
        ("stop-sell", "Not stopped"),
        (
            "venue",
            str(venue),
        ),  # the list offers no choice of one, and the link has brought it along
    ]


def test_one_is_taken_off_without_the_others_and_the_search_stays(manager: Client) -> None:
    given = chips(manager, f"{EVENTS}?status__exact=ON_SALE&stopped=no&q=gala&p=1")
    without = [parse_qs(urlsplit(chip.without).query) for chip in given.chips]
    assert without == [
        {"stopped": ["no"], "q": ["gala"]},
        {"status__exact": ["ON_SALE"], "q": ["gala"]},
    ]
    assert parse_qs(urlsplit(given.clear).query) == {"q": ["gala"]}


def test_a_range_of_moments_is_taken_off_whole(manager: Client) -> None:
    [chip] = chips(manager, f"{EVENTS}?starts_at_from_0=2026-11-01&starts_at_from_1=10:00").chips
    assert chip.without == "?"


def test_a_range_of_numbers_is_said_with_its_ends(manager: Client) -> None:
    assert said(manager, "/admin/events/pool/?capacity_from=5&capacity_to=10") == [
        ("capacity", "from 5 until 10")
    ]


def test_what_a_link_has_brought_along_is_said_too(manager: Client, stage: Stage) -> None:
    event = stage.event
    address = f"{STOCK}?event__id__exact={event.pk}"
    assert said(manager, address) == [("event", str(event))]
    movements = (
        f"{reverse('admin:allocations_movement_changelist')}?stock__event__id__exact={event.pk}"
    )
    [(label, text)] = said(manager, movements)
    assert (label, text) == ("event", str(event))
    assertContains(manager.get(movements), "Clear all")


def test_what_is_not_the_persons_is_not_named(manager: Client, other: Stage) -> None:
    event = other.event
    address = f"{STOCK}?event__id__exact={event.pk}"
    assert said(manager, address) == [("event", str(event.pk))]
    assertNotContains(manager.get(address), event.name)


def test_an_answer_that_a_filter_ignores_is_no_filter_in_force(manager: Client) -> None:
    assert said(manager, f"{EVENTS}?when=nonsense") == []


@pytest.mark.parametrize("query", ["", "?q=gala", "?o=1", "?status__exact=&stopped="])
def test_a_list_without_filters_has_no_chips(manager: Client, query: str) -> None:
    answer = manager.get(f"{EVENTS}{query}")
    assert answer.context["cl"].chips.chips == []
    assertNotContains(answer, "finlo-chips")


def test_what_is_typed_into_an_address_is_text(manager: Client) -> None:
    answer = manager.get(f"{EVENTS}?status__exact=<script>alert(1)</script>")
    assertNotContains(answer, "<script>alert(1)")
    assertContains(answer, "&lt;script&gt;alert(1)")
