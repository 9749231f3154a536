"""Nothing that somebody typed into the plan editor is lost without a word."""

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from tests.backoffice.conftest import person
from tests.backoffice.plans.plan_form import editor
from tests.factories import Stage, make_stage
from tests.screens import let_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage() -> Stage:
    return make_stage(channels=("agent", "web"), give={}, name="Jazz Night")


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Page:
    """The editor, for the venue's manager."""
    let_in(page, live_server.url, person(Role.VENUE_MANAGER, stage))
    page.goto(live_server.url + editor(stage.pools["GA"]))
    return page


def amount(screen: Page, stage: Stage) -> Locator:
    return screen.locator(f"#id_line-{stage.channels['web'].pk}-amount")


def type_into(field: Locator, text: str) -> None:
    """As a person does who looks at the field and not at what the page is doing."""
    box = field.bounding_box()
    assert box is not None
    field.page.mouse.click(box["x"] + 10, box["y"] + box["height"] / 2)
    field.page.keyboard.type(text)


def test_nobody_types_into_a_form_that_is_about_to_be_replaced(screen: Page, stage: Stage) -> None:
    field, body = amount(screen, stage), screen.locator("#plan-body")
    waiting: list[Route] = []

    def hold_back(route: Route) -> None:
        if "add-group" in (route.request.post_data or ""):
            waiting.append(route)
        else:
            route.continue_()

    screen.route("**/plan/", hold_back)
    for outcome in ("lost", "lands elsewhere", "answered"):
        field.fill("30")
        screen.get_by_role("button", name="Add a group").click()
        expect(body).to_have_attribute("aria-busy", "true")
        expect(screen.get_by_text("One moment")).to_be_visible()
        type_into(field, "77")
        expect(field).to_have_value("30")
        route = waiting.pop()
        if outcome == "lost":
            route.abort()
        elif outcome == "lands elsewhere":
            route.fulfill(status=200, content_type="text/html", body="<p>Sign in</p>")
        else:
            # What else the page asked for may settle at this moment, as the sums beside the form do.
            screen.evaluate("htmx.trigger(document.body, 'htmx:afterSettle', { target: null })")
            route.continue_()
        expect(body).to_have_attribute("aria-busy", "false")
        expect(screen.get_by_role("alert")).to_be_visible(visible=outcome != "answered")
        expect(field).to_have_value("30")
    expect(screen.locator("#id_group-1-name")).to_be_focused()
    type_into(field, "5")
    expect(field).to_have_value("530")


def test_a_page_with_unsaved_changes_asks_before_it_is_left(screen: Page, stage: Stage) -> None:
    here, asked = screen.url, []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    def leave() -> None:
        screen.get_by_role("link", name="Jazz Night").first.click(no_wait_after=True)

    screen.on("dialog", answer)
    field = amount(screen, stage)
    field.fill("30")
    leave()
    expect(field).to_have_value("30")
    assert (screen.url, asked) == (here, ["beforeunload"])

    screen.get_by_role("button", name="Add a group").click()
    expect(screen.locator("#id_group-1-name")).to_be_focused()
    leave()
    assert (screen.url, asked) == (here, ["beforeunload"] * 2)

    screen.get_by_role("button", name="Save draft").click()
    expect(screen.locator("body")).to_contain_text("The draft is saved.")
    field.fill("40")
    field.fill("30")
    screen.select_option("#id_group-1-unit", "percent")
    screen.select_option("#id_group-1-unit", "units")
    leave()
    screen.wait_for_url("**/change/**")
    assert asked == ["beforeunload"] * 2
