"""A manager cancels an event with bookings in two channels by the screen alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from events.enums import EventStatus
from sales import cancellation, tasks
from sales.models import Booking
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage, id_of, make_stage
from tests.proofs import assert_reconciled
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    return make_stage(
        channels=("web", "agent"), give={("GA", "web"): 60, ("GA", "agent"): 40}, name="Jazz Night"
    )


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    """The event's page, for its venue's manager. A violation of the policy fails the test."""
    user = person(Role.VENUE_MANAGER, stage)
    with signed_in(page, live_server.url, user) as screen:
        screen.goto(live_server.url + address(stage.event, "change"))
        yield screen


@contextmanager
def answered(screen: Page) -> Iterator[None]:
    """Until the preview has come: one that is broken off is an error in the browser's console."""
    with screen.expect_response(re.compile(r"/cancel/$")):
        yield


def test_a_manager_cancels_an_event_with_bookings_in_two_channels(
    screen: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "ask_for_settling", lambda: None)  # nobody listens there
    refunded = id_of(stage.sell([("Ticket", 3)]))
    kept = id_of(stage.sell([("Ticket", 2)], channel="agent"))
    stage.hold([("Ticket", 4)])
    web, agent = (stage.channels[name].pk for name in ("web", "agent"))

    screen.locator("li > button", has_text="Date").click()
    screen.get_by_role("link", name=re.compile("Cancel event$")).click()
    changes = screen.locator("#dialog-changes")
    with answered(screen):
        screen.select_option(f"#dialog_fate_{web}", label="Refund, tickets given back")
    with answered(screen):
        screen.select_option(f"#dialog_fate_{agent}", label="Keep, the seller settles")
    expect(changes).to_contain_text("1 booking, 3 tickets, 30 INR")
    expect(changes).to_contain_text("kept, the seller settles them")
    expect(changes).to_contain_text("1 hold, 4 tickets")
    with answered(screen):
        screen.fill("#dialog_reason", "Storm warning")
    screen.click("#dialog button[type=submit]")
    expect(screen.locator("#dialog-form")).to_contain_text("This field is required.")
    with answered(screen):
        screen.fill("#dialog_name", "jazz night")
    screen.click("#dialog button[type=submit]")

    progress = screen.locator("#cancellation")
    expect(progress).to_contain_text("0 of 2 bookings and holds settled")
    expect(progress).to_contain_text("Storm warning")
    expect(screen.locator("body")).to_contain_text("Bookings to be refunded: 1; kept: 1")
    tasks.settle_cancelled_events()
    expect(progress).to_contain_text("2 of 2 bookings and holds by this decision", timeout=15_000)

    stage.event.refresh_from_db()
    assert stage.event.status == EventStatus.CANCELLED
    statuses = dict(Booking.objects.values_list("pk", "status"))
    assert (statuses[refunded], statuses[kept]) == ("CANCELLED", "CONFIRMED")
    assert stage.counters() == Counters(60, 0, 0, 0)
    assert stage.counters(channel="agent") == Counters(40, 0, 2, 0)
    assert_reconciled()
