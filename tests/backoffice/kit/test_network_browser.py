"""The network goes away while somebody works: what failed says so, what is old is marked, and nothing stays as if it were right."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from events.enums import EventStatus
from events.models import Event
from tests.backoffice.addresses import page as page_of
from tests.backoffice.conftest import person
from tests.factories import Stage, make_stage
from tests.screens import let_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    stage = make_stage(channels=("web", "agent"), give={("GA", "agent"): 30})
    Event.objects.update(status=EventStatus.PAUSED)
    return stage


def test_each_kind_of_request_that_gets_no_answer_says_so_beside_it(
    page: Page, live_server: LiveServer, stage: Stage
) -> None:
    let_in(page, live_server.url, person(Role.VENUE_MANAGER, stage))
    page.goto(f"{live_server.url}{page_of(stage.event, 'change')}")
    # The banner of a paused event leads to the dialog.
    banner = page.locator(".finlo-state")
    failed = page.locator(".finlo-failed")
    everything = "**/*"

    # A dialog that does not open says so where it was asked for, and opens when it is asked again.
    page.route(everything, lambda route: route.abort())
    banner.get_by_role("link", name="Put on sale").click()
    expect(banner.locator(".finlo-failed")).to_contain_text("No answer")
    expect(failed).to_contain_text("Nothing was opened.")
    expect(failed).to_have_attribute("role", "alert")
    expect(page.locator("#dialog")).to_have_count(0)
    page.unroute(everything)
    failed.get_by_role("button", name="Try again").click()
    changes = page.locator("#dialog-changes")
    expect(changes).to_contain_text("What will change")
    expect(failed).to_have_count(0)

    # Its preview, once what is typed is not answered, is old until it is.
    page.route(everything, lambda route: route.abort())
    page.locator("#dialog [name=reason]").fill("Dry again")
    expect(page.locator("#dialog .finlo-failed")).to_contain_text("What stands here is old.")
    expect(changes).to_have_class("finlo-changes finlo-old")
    page.unroute(everything)
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_have_count(0)
    expect(changes).to_have_class("finlo-changes")

    # What was sent may have been done or not, and what was typed still stands.
    page.route(everything, lambda route: route.abort())
    page.locator("#dialog button[type=submit]").click()
    expect(page.locator("#dialog .finlo-failed")).to_contain_text("It may have been done or not")
    expect(page.locator("#dialog [name=reason]")).to_have_value("Dry again")
    page.unroute(everything)

    # An answer that is another page, such as the one to sign in, is none.
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("#dialog [name=reason]").fill("Dry at last")
    expect(page.locator("#dialog .finlo-failed").first).to_contain_text("you may be signed out")
    expect(changes).to_contain_text("What will change")

    # No live server runs here: what it would keep right says that it is old.
    badge = page.locator("[data-live-badge]")
    expect(badge).to_have_attribute("data-old", "")
    expect(badge).to_have_attribute("title", "Not up to date: no connection to the live server.")
