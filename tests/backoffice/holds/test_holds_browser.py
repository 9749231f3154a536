"""Named holds in Chromium: tickets are held and a list is pasted by keyboard; the page fits a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from sales.models import Guest, NamedHold
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled
from tests.sales.holding import make_hidden
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    return make_hidden(40)


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        yield screen


def opened(screen: Page, group: str, name: str) -> None:
    """Open a dialog from a menu of the page, by its keys."""
    if group:
        screen.get_by_role("button", name=group).press("Enter")
        expect(screen.locator("nav a:focus")).to_have_count(1)  # its first action
    screen.get_by_role("link", name=name).first.press("Enter")
    expect(screen.locator("#dialog")).to_be_focused()


def test_tickets_are_held_and_a_list_is_pasted_by_keyboard(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.goto(live_server.url + address(stage.event, "change"))
    opened(screen, "Selling", "Hold tickets")
    screen.fill(f"#dialog_item_{stage.listing().pk}", "5")
    screen.fill("#dialog_name", "Band and crew")
    screen.fill("#dialog_owner_name", "Loud Agency")
    screen.fill("#dialog_reason", "Rider")
    expect(screen.locator(".finlo-changes")).to_contain_text("What is left goes back")
    screen.locator("#dialog_reason").press("Enter")
    expect(screen.get_by_text("5 tickets are held for Band and crew")).to_be_visible()
    hold = NamedHold.objects.get()
    assert (hold.hands_back_at, hold.category) == (
        stage.event.starts_at.replace(second=0, microsecond=0),
        "ARTIST",
    )
    screen.goto(live_server.url + address(hold, "change"))
    opened(screen, "", "Add guests")
    screen.fill("#dialog_guests", "Asha Rao,2\nRavi")
    expect(screen.locator(".finlo-changes")).to_contain_text("2 more")
    screen.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(screen.get_by_text("Promised to guests: 3 of the 5 tickets")).to_be_visible()
    assert Guest.objects.count() == 2
    assert stage.counters() == Counters(40, 5, 0, 0)
    assert_reconciled()
    screen.set_viewport_size({"width": 390, "height": 844})
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
