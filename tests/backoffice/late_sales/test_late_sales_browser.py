"""Late sales in a browser, by keyboard: a form asks what fits, a dialog says what it changes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from offline.enums import Resolution
from offline.models import Conflict
from sales.enums import BlockStatus
from sales.models import Block
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import Stage
from tests.offline.selling import make_kiosk, report, sale
from tests.proofs import assert_reconciled
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    return make_kiosk(20, channels=("web", "agent"), give={("GA", "web"): 10, ("GA", "agent"): 10})


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


def test_the_terms_of_leases_and_buffers_are_asked_where_a_channel_reports_late(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.goto(live_server.url + address(stage.channels["web"], "change"))
    expect(screen.locator("#id_longest_lease_hours")).to_be_visible()
    expect(screen.locator("#id_buffer_percent")).to_be_visible()
    screen.uncheck("#id_safety_buffer")
    expect(screen.locator("#id_buffer_percent")).to_be_hidden()
    screen.select_option("#id_connectivity", "REAL_TIME")
    expect(screen.locator("#id_longest_lease_hours")).to_be_hidden()
    expect(screen.locator("#id_lease_grace_minutes")).to_be_hidden()
    expect(screen.locator("#id_safety_buffer")).to_be_hidden()
    screen.select_option("#id_connectivity", "PERIODIC")
    screen.fill("#id_longest_lease_hours", "169")
    screen.fill("#id_reason", "Test")
    screen.click("button[name=_save]")
    expect(screen.locator(".errorlist, .errors").first).to_contain_text("168")


def test_a_lease_is_taken_and_handed_back_by_keyboard(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.goto(live_server.url + address(stage.event, "change"))
    opened(screen, "Selling", "Lease tickets")
    web, agent = (f"#dialog_listing_{stage.listing(channel=name).pk}" for name in ("web", "agent"))
    expect(screen.locator(web)).to_be_hidden()
    screen.select_option("#dialog_channel", label="web")
    expect(screen.locator(web)).to_be_visible()
    expect(screen.locator(agent)).to_be_hidden()
    screen.locator("#dialog_terminal").press_sequentially("Gate 2")
    screen.keyboard.press("Tab")
    expect(screen.locator(web)).to_be_focused()
    screen.keyboard.type("4")
    expect(screen.locator("#dialog-changes")).to_contain_text("web, free")
    screen.keyboard.press("Enter")
    expect(screen.locator("body")).to_contain_text("4 tickets are set aside for Gate 2")
    screen.get_by_role("link", name="See the lease").press("Enter")
    opened(screen, "", "Hand back")
    expect(screen.locator("#dialog-changes")).to_contain_text("Handed back")
    screen.fill("#dialog_reason", "The day is over")
    screen.keyboard.press("Enter")
    expect(screen.locator("body")).to_contain_text("4 tickets of the lease went back.")
    assert Block.objects.get().status == BlockStatus.RETURNED
    assert_reconciled()


def test_a_conflict_is_found_in_the_menu_and_resolved_by_keyboard(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    report(stage, [sale(stage, "A", 12)])
    screen.goto(f"{live_server.url}/admin/")
    screen.get_by_role("link", name="Conflicts").press("Enter")
    screen.locator("#result_list th a").first.press("Enter")
    expect(screen.locator("body")).to_contain_text("Who has free units of GA")
    opened(screen, "Resolve", "Raise the capacity")
    expect(screen.locator("#dialog-changes")).to_contain_text("Capacity of GA")
    screen.fill("#dialog_reason", "The hall has let us")
    screen.keyboard.press("Enter")
    expect(screen.locator("body")).to_contain_text("It is booked, as")
    assert Conflict.objects.get().resolution == Resolution.CAPACITY
    assert_reconciled()
