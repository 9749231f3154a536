"""What-if in a browser: ask, see the bar move, cancel one, compare, take a plan over as a draft."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.models import Listing
from allocations.plans.selectors import draft_of
from planning.models import WhatIfRun
from planning.whatif import work
from tests.accessibility import DESKTOP, PHONE, SCHEMES, violations
from tests.factories import Stage, make_stage
from tests.planning.conftest import person
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = "/admin/planning/whatifrun/new/?event="


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    """The website asks twice as much as the agent, and has sold out its part."""
    made = make_stage(
        pools={"General admission": 100},
        items={"Ticket": {"General admission": 1}},
        channels=("Website", "Travel agent"),
        give={("General admission", "Website"): 40, ("General admission", "Travel agent"): 40},
        sales_from=timezone.now() - timedelta(days=9),
    )
    agents = made.listing("Ticket", "Travel agent")
    Listing.objects.filter(pk=agents.pk).update(price=Decimal(5))
    for tickets in (10, 12, 8, 10):
        made.sell([("Ticket", tickets)], "Website")
    made.sell([("Ticket", 7)], "Travel agent")
    return made


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    user = person(Role.VENUE_MANAGER, stage.event.venue)
    with signed_in(page, live_server.url, user) as screen:
        yield screen


def test_a_manager_compares_two_plans_and_uses_one(
    screen: Page, live_server: LiveServer, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.goto(f"{live_server.url}/admin/events/event/{stage.event.pk}/change/#dataset-whatif")
    screen.get_by_role("link", name="Ask a what-if").click()
    expect_accessible_content(screen)
    expect(screen.get_by_label("Tickets asked for in all")).to_be_hidden()
    screen.get_by_label("Who comes").select_option("CURVE")
    screen.get_by_label("Tickets asked for in all").fill("160")
    screen.get_by_label("When they come").select_option("LATE")
    screen.get_by_label("Website, share").fill("70")
    screen.get_by_label("Plan A").first.select_option("HISTORY")
    screen.get_by_role("button", name="Start").click()
    expect(screen.get_by_text("own sales alone")).to_be_visible()
    screen.get_by_label("Plan A").first.select_option("IN_FORCE")
    screen.get_by_label("Plan B").first.select_option("PRIORITY")
    screen.get_by_label("How often it is run").fill("20")
    screen.get_by_role("button", name="Start").click()
    bar = screen.get_by_role("progressbar")
    expect(bar).to_be_visible()

    # One is cancelled.
    screen.get_by_role("link", name="Cancel the run").click()
    screen.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(screen.get_by_text("Cancelled", exact=True).first).to_be_visible()
    work.work()
    assert WhatIfRun.objects.get().done == 0

    # The next one is let be: the page that waits shows what it came to.
    screen.get_by_role("link", name="Ask another what-if of this event").click()
    screen.get_by_label("Plan A").first.select_option("IN_FORCE")
    screen.get_by_label("Plan B").first.select_option("PRIORITY")
    screen.get_by_label("How often it is run").fill("20")
    screen.get_by_role("button", name="Start").click()
    expect(bar).to_be_visible()
    monkeypatch.setattr(work, "SECONDS_A_CHUNK", 0.0)
    monkeypatch.setattr(work, "SECONDS_A_TASK", 0.0)
    work.work()
    monkeypatch.undo()
    expect(bar).to_have_attribute("value", "5")
    work.work()
    totals = screen.get_by_role("table").first
    expect(totals.get_by_role("row", name=re.compile("^Tickets sold"))).to_contain_text("47")
    expect_accessible_content(screen)
    with screen.expect_download() as download:
        screen.get_by_role("link", name="Download as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:3]] == ["Tickets sold", "Revenue"]

    screen.get_by_role("button", name="Open plan B of General admission as a draft").click()
    expect(screen).to_have_url(re.compile(r"/pool/\d+/plan/$"))
    expect(screen.get_by_text("The plan is the draft of General admission now.")).to_be_visible()
    assert draft_of(stage.pools["General admission"]) is not None


def expect_accessible_content(screen: Page) -> None:
    """Axe finds nothing in the page, light or dark, wide or narrow; and it fits."""
    for (width, height), scheme in product((DESKTOP, PHONE), SCHEMES):
        screen.set_viewport_size({"width": width, "height": height})
        screen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(screen) == [], (width, scheme)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert screen.evaluate(wider) <= 0
        if os.environ.get("FINLO_SHOTS"):
            name = f"{screen.url.split('/')[-2]}-{width}-{scheme}.png"
            path = Path(os.environ["FINLO_SHOTS"]) / name
            screen.screenshot(path=path, full_page=True)
    screen.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
