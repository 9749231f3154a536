"""A manager configures an event by the screen, and the next sale obeys."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.models import AllocationPlan
from sales.errors import SoldOutError
from tests.accessibility import DESKTOP, PHONE, SCHEMES, violations
from tests.allocations.plans import specs
from tests.backoffice.configuration.pages import address
from tests.backoffice.conftest import person
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled
from tests.screens import signed_in
from transfers.models import TransferRule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    """The website has sold nearly all of its part, and the agent hardly anything of its own."""
    made = make_stage(channels=("agent", "web"), give={}, name="Jazz Night")
    specs.apply(
        made,
        specs.line(made, "web", 40),
        specs.line(made, "agent", 40, is_dynamic=True, floor=0),
    )
    made.sell([("Ticket", 38)], "web")
    made.sell([("Ticket", 2)], "agent")
    TransferRule.objects.create(venue=made.event.venue, event=made.event, name="Even out")
    return made


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(live_server.url + address(stage.event))
        expect(screen.locator("#cf-preview")).to_contain_text("This is what holds now.")
        yield screen


@contextmanager
def answered(screen: Page) -> Iterator[None]:
    with screen.expect_response(re.compile(r"/configuration/$")):
        yield


def part(stage: Stage, channel: str) -> str:
    return f"#pool-{stage.pools['GA'].pk}-line-{stage.channels[channel].pk}"


def slider(stage: Stage, channel: str) -> str:
    return part(stage, channel).replace("#", "#slide-")


def test_a_slider_is_moved_by_keyboard_previewed_saved_and_obeyed(
    screen: Page, stage: Stage
) -> None:
    preview = screen.locator("#cf-preview")
    expect(preview).to_contain_text("19 from agent to web")
    # No mouse: from one field to the next, and Enter shows, and saves nothing.
    screen.locator(slider(stage, "web")).focus()
    with answered(screen):
        screen.keyboard.press("ArrowRight")
    with answered(screen):
        screen.keyboard.press("End")
    # It ends at what is left open: all adds up.
    expect(screen.locator(part(stage, "web"))).to_have_value("60")
    expect(screen.locator(f"#sum-pool-{stage.pools['GA'].pk}")).to_contain_text("Adds up")
    expect(preview).to_contain_text("40 → 60")
    expect(preview).to_contain_text("Nothing would move now.")
    screen.keyboard.press("Tab")
    expect(screen.locator(part(stage, "web"))).to_be_focused()
    screen.keyboard.press("ControlOrMeta+a")
    screen.keyboard.type("70")
    expect(screen.locator(f"#sum-pool-{stage.pools['GA'].pk}")).to_contain_text("10 too many")
    expect(preview).to_contain_text("This cannot be saved yet")
    screen.keyboard.press("ControlOrMeta+a")
    screen.keyboard.type("50")
    expect(preview).to_contain_text("40 → 50")
    expect(preview).not_to_contain_text("This cannot be saved yet")
    screen.keyboard.press("Enter")
    expect(screen.locator(part(stage, "web"))).to_have_value("50")
    assert stage.counters() == Counters(40, 0, 38, 0)

    screen.locator("#reason").focus()
    screen.keyboard.type("More for the website")
    screen.keyboard.press("Tab")
    screen.keyboard.press("Tab")
    expect(screen.get_by_role("button", name="Save all of it")).to_be_focused()
    screen.keyboard.press("Enter")
    expect(screen.locator("body")).to_contain_text("Version 2 of the plan of GA is in force:")
    assert stage.counters() == Counters(50, 0, 38, 0)
    stage.sell([("Ticket", 12)], "web")
    with pytest.raises(SoldOutError):
        stage.sell([("Ticket", 1)], "web")
    assert_reconciled()


def test_answers_out_of_order_are_dropped_and_an_old_preview_says_so(
    screen: Page, stage: Stage
) -> None:
    preview, age = screen.locator("#cf-preview"), screen.locator("#cf-age")
    kept: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if kept:
            route.continue_()
        else:
            kept.append(route)

    screen.route(re.compile(r"/configuration/$"), hold_the_first)
    screen.fill(part(stage, "web"), "45")
    expect(age.get_by_text("the new preview is on its way")).to_be_visible()
    # What is out of date can be read all the same.
    assert violations(screen, ".configuration") == []
    with answered(screen):
        screen.fill(part(stage, "web"), "55")
    expect(preview).to_contain_text("40 → 55")
    expect(age).to_be_hidden()
    with screen.expect_event("requestfinished"):
        kept[0].continue_()
    screen.unroute_all()
    expect(preview).to_contain_text("40 → 55")

    screen.route(re.compile(r"/configuration/$"), lambda route: route.fulfill(body="", status=200))
    screen.fill(part(stage, "web"), "56")
    expect(age.get_by_text("could not be made")).to_be_visible()
    expect(preview).to_contain_text("40 → 55")
    screen.unroute_all()
    screen.get_by_role("button", name="Try again").click()
    expect(preview).to_contain_text("40 → 56")
    expect(age).to_be_hidden()

    bar = f"#bars-pool-{stage.pools['GA'].pk} .plan-bar >> nth=1"
    duration = "node => getComputedStyle(node.querySelector('.plan-part')).transitionDuration"
    assert screen.locator(bar).evaluate(duration) == "0.3s"
    screen.emulate_media(reduced_motion="reduce")
    assert screen.locator(bar).evaluate(duration) == "0s"


def test_the_second_of_two_people_chooses_field_by_field(screen: Page, stage: Stage) -> None:
    specs.apply(
        stage,
        specs.line(stage, "web", 45),
        specs.line(stage, "agent", 40, is_dynamic=True, floor=0),
    )
    with answered(screen):
        screen.fill(part(stage, "web"), "50")
    expect(screen.locator("#cf-preview")).to_contain_text("Somebody else has changed")
    screen.fill("#reason", "More for the website")
    screen.get_by_role("button", name="Save all of it").click()
    told = screen.locator(".cf-differences")
    expect(told).to_contain_text("GA: web")
    for (width, height), scheme in product((DESKTOP, PHONE), SCHEMES):
        screen.set_viewport_size({"width": width, "height": height})
        screen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(screen) == []
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert screen.evaluate(wider) <= 0
        if os.environ.get("FINLO_SHOTS"):
            path = Path(os.environ["FINLO_SHOTS"]) / f"{width}-{scheme}.png"
            screen.screenshot(path=path, full_page=True)
    told.get_by_role("radio", name=re.compile("theirs, GA: web")).check()
    screen.get_by_role("button", name="Go on with what is chosen").click()
    expect(screen.locator(part(stage, "web"))).to_have_value("45")
    expect(screen.locator(".cf-differences")).to_have_count(0)
    assert AllocationPlan.objects.filter(pool=stage.pools["GA"]).count() == 2
