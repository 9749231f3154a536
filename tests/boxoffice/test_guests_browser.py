"""The guest list in Chromium: a name, Enter, Enter; on a phone and a desktop, light and dark."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from boxoffice.models import TicketPrinting
from common.actor import SYSTEM
from sales.guests import lists
from sales.guests.lists import GuestEntry
from sales.models import Booking, Guest
from tests.accessibility import expect_accessible
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled
from tests.sales.holding import make_hidden, make_hold
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ("Asha Rao", "José Núñez", "Ravi Shankar", "Meera Iyer-Subramaniam of the Very Long Name")


@pytest.fixture
def stage() -> Stage:
    stage = make_hidden(40)
    hold = make_hold(stage, [("Ticket", 20)])
    lists.add(hold.pk, [GuestEntry(name, 2, "press") for name in NAMES], by=SYSTEM)
    make_hold(stage, [("Ticket", 3)], name="Sponsor's box", category="SPONSOR")
    return stage


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    with signed_in(page, live_server.url, person(Role.BOX_OFFICE, stage)) as screen:
        screen.goto(f"{live_server.url}/guests/{stage.event.pk}/")
        yield screen


def test_tickets_are_handed_out_and_taken_back_by_keyboard_alone(
    screen: Page, stage: Stage
) -> None:
    expect(screen.locator("#text")).to_be_focused()
    screen.keyboard.type("jose")
    expect(screen.locator("[data-guest]")).to_have_count(1)
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-hand-out]")).to_be_focused()
    screen.keyboard.press("Enter")
    expect(screen.locator(".note")).to_contain_text("2 tickets handed out: José Núñez")
    expect(screen.locator("#text")).to_be_focused()
    assert stage.counters() == Counters(40, 21, 2, 0)
    screen.locator("summary").first.press("Enter")
    screen.get_by_label("Why it is undone").fill("wrong guest")
    screen.keyboard.press("Enter")
    expect(screen.locator(".note")).to_contain_text("Undone: 2 tickets are held again.")
    assert stage.counters() == Counters(40, 23, 0, 0)
    assert_reconciled()


def test_what_was_done_at_another_counter_meanwhile_is_said(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    other = screen.context.new_page()
    other.goto(screen.url)
    for counter in (screen, other):
        counter.locator("#text").fill("asha")
        expect(counter.locator("[data-guest]")).to_have_count(1)
    screen.locator("[data-hand-out]").click()
    expect(screen.locator(".note")).to_contain_text("handed out")
    other.locator("[data-hand-out]").click()
    expect(other.locator(".problem")).to_contain_text("Somebody else was quicker")
    assert Booking.objects.count() == 1
    assert Guest.objects.get(name="Asha Rao").handed_out == 2


def test_a_list_that_cannot_be_reached_says_so_and_keeps_what_was_typed(screen: Page) -> None:
    other = screen.context.new_page()  # whose console may tell of the failure
    other.goto(screen.url)
    other.route("**/guests/*/", lambda route: route.fulfill(status=503, body="busy"))
    other.locator("#text").fill("rav")
    expect(other.locator(".problem")).to_contain_text("could not be reached")
    other.unroute("**/guests/*/")
    other.locator("#text").press("Enter")
    expect(other.locator("[data-guest]")).to_have_count(1)


def test_the_pages_of_guest_lists_are_accessible(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.locator("#text").fill("a")
    expect(screen.locator("[data-guest]").first).to_be_visible()
    screen.locator("[data-hand-out]").first.click()
    expect(screen.locator(".note")).to_be_visible()
    screen.locator("summary").first.click()
    expect_accessible(screen)
    for width in (360, 3840):
        screen.set_viewport_size({"width": width, "height": 900})
        assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    with screen.expect_popup() as opened:
        screen.locator(".note .print").press("Enter")
    paper = opened.value
    expect(paper.locator(".ticket")).to_have_count(2)
    expect(paper.get_by_role("button", name="Print")).to_be_focused()
    expect_accessible(paper)
    paper.set_viewport_size({"width": 360, "height": 800})
    assert paper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with paper.expect_response(re.compile("/printings/$")) as printed:
        paper.keyboard.press("Enter")
    assert printed.value.status == 201
    assert TicketPrinting.objects.count() == 1
    paper.close()
    screen.goto(f"{live_server.url}/guests/")
    expect_accessible(screen)
