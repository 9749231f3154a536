"""A manager writes a plan by the screen alone, sees what it adds up to, and applies it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from tests.allocations.plans import specs
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.backoffice.plans.plan_form import editor
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    return make_stage(channels=("agent", "box", "hotel", "web"), give={}, name="Jazz Night")


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    """The event's page, for its venue's manager. A violation of the policy fails the test."""
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(live_server.url + address(stage.event, "change"))
        yield screen


@contextmanager
def answered(screen: Page) -> Iterator[None]:
    """Until what follows has come: a request that is broken off is an error in the console."""
    with screen.expect_response(re.compile(r"/plan/$")):
        yield


def fill(screen: Page, stage: Stage, channel: str, name: str, value: str) -> None:
    field = screen.locator(f"#id_line-{stage.channels[channel].pk}-{name}")
    with answered(screen):
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def test_a_manager_writes_and_applies_the_guides_plan(screen: Page, stage: Stage) -> None:
    """30 % direct, 20 % box office, 50 % that the partners share."""
    screen.locator("#tabs-items").get_by_text("Plan").click()
    screen.get_by_role("link", name="Write a plan").click()
    totals = screen.locator("#plan-totals")
    expect(totals).to_contain_text("0 guaranteed to channels")

    for channel, percent in (("web", "30"), ("box", "25")):
        fill(screen, stage, channel, "unit", "%")
        fill(screen, stage, channel, "amount", percent)
    screen.get_by_role("button", name="Add a group").click()
    expect(screen.locator("#id_group-1-name")).to_be_visible()
    for name, value in (("name", "All partners"), ("amount", "50")):
        with answered(screen):
            screen.fill(f"#id_group-1-{name}", value)
    for channel in ("agent", "hotel"):
        fill(screen, stage, channel, "draws", "All partners")
    expect(totals).to_contain_text("5 too many")
    web = screen.locator(f"#outcome-line-{stage.channels['web'].pk}")
    expect(web).to_contain_text("0 now → 30 +30")

    fill(screen, stage, "box", "amount", "lots")
    error = screen.locator(f"#id_line-{stage.channels['box'].pk}-amount-error")
    expect(error).to_have_text("A percentage is a number such as 30 or 33.33.")
    fill(screen, stage, "box", "amount", "20")
    expect(totals).to_contain_text("50 guaranteed to channels + 50 shared by groups + 0 open")
    expect(totals).to_contain_text("Adds up")

    screen.get_by_role("button", name="Apply…").click()
    changes = screen.locator("#dialog-changes")
    expect(changes).to_contain_text("All partners")
    expect(changes).to_contain_text("→ 50")
    screen.fill("#dialog_reason", "As agreed with the partners")
    screen.click("#dialog button[type=submit]")
    expect(screen.locator("body")).to_contain_text("Version 1 of the plan of GA is in force:")
    expect(screen.locator("#dataset-plan-group")).to_contain_text("As agreed with the partners")
    screen.get_by_role("link", name="See the movements").first.click()
    expect(screen.locator("#result_list tbody tr")).to_have_count(6)
    expect(screen.locator("body")).to_contain_text("Plan applied")

    assert stage.counters() == Counters(30, 0, 0, 0)
    assert stage.counters(channel="box") == Counters(20, 0, 0, 0)
    assert stage.open_row(name="All partners").quantity == 50
    stage.sell([("Ticket", 50)], "hotel")
    assert_reconciled()


def test_a_button_pressed_while_somebody_still_types_is_not_lost(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.goto(live_server.url + editor(stage.pools["GA"]))
    screen.fill(f"#id_line-{stage.channels['web'].pk}-amount", "30")
    with answered(screen):
        screen.get_by_role("button", name="Add a group").click()
    expect(screen.locator("#id_group-1-name")).to_be_visible()
    expect(screen.locator("#plan-totals")).to_contain_text("30 guaranteed to channels")


def test_only_what_applies_is_asked(screen: Page, live_server: LiveServer, stage: Stage) -> None:
    screen.goto(live_server.url + editor(stage.pools["GA"]))
    prefix = f"#id_line-{stage.channels['web'].pk}"
    for name in ("opens", "opens_at", "opens_hours", "tier", "releases_at", "floor"):
        expect(screen.locator(f"{prefix}-{name}")).not_to_be_visible()
    fill(screen, stage, "web", "draws", "Open stock")
    expect(screen.locator(f"{prefix}-tier")).to_be_visible()
    expect(screen.locator(f"{prefix}-opens_at")).not_to_be_visible()
    fill(screen, stage, "web", "opens", "So long before the event")
    expect(screen.locator(f"{prefix}-opens_hours")).to_be_visible()
    expect(screen.locator(f"{prefix}-opens_at")).not_to_be_visible()
    with answered(screen):
        screen.locator(f"{prefix}-is_dynamic").check()
    expect(screen.locator(f"{prefix}-floor")).to_be_visible()


def test_a_group_is_called_in_the_choices_as_it_is_typed(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    screen.goto(live_server.url + editor(stage.pools["GA"]))
    screen.get_by_role("button", name="Add a group").click()
    expect(screen.locator("#id_group-1-name")).to_be_visible()
    name = "'] + alert(1) + ['<b>"
    with answered(screen):
        screen.fill("#id_group-1-name", name)
    choice = f"#id_line-{stage.channels['web'].pk}-draws option[value=group-1]"
    expect(screen.locator(choice)).to_have_text(name)
    screen.get_by_role("button", name="Add a group").click()
    expect(screen.locator("#id_group-2-name")).to_be_visible()
    expect(screen.locator(choice)).to_have_text(name)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (360, "light")])
def test_the_pages_of_a_plan_fit(
    screen: Page, live_server: LiveServer, stage: Stage, scheme: str, width: int
) -> None:
    screen.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    screen.set_viewport_size({"width": width, "height": 800})
    specs.apply(
        stage,
        specs.line(stage, "web", "33.33", release_hours=48),
        specs.line(stage, "agent", group="MakeMyTrip and all partners of the western region"),
        specs.group("MakeMyTrip and all partners of the western region", "50"),
    )
    event, plan = address(stage.event, "change"), editor(stage.pools["GA"])
    for path in (f"{event}#dataset-plan", f"{event}?#dataset-calendar", plan, f"{plan}1/"):
        screen.goto(live_server.url + path)
        wider = screen.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, path
