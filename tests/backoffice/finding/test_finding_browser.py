"""Find anything in a browser: by keyboard, by phone, with answers that are late, lost or refused, read by a screen reader."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from tests.accessibility import expect_accessible
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def named(title: str) -> str:
    """An answer that has found one line."""
    row = {"href": "/admin/", "icon": "event", "title": title, "about": []}
    return json.dumps({"groups": [{"heading": "Events", "rows": [row]}], "said": "1 found"})


def keys_are_left_to_controls(screen: Page) -> None:
    """Neither key takes anything from whoever writes or chooses."""
    name = screen.locator("#id_name")
    name.press("End")
    screen.keyboard.type("/t")
    expect(name).to_have_value("Monsoon Ragas/t")
    name.fill("Monsoon Ragas")
    screen.locator("#id_series").focus()
    screen.keyboard.press("/")
    expect(screen.locator("#find")).to_be_hidden()


def lines_are_chosen_by_keys(screen: Page) -> None:
    options = screen.locator("#find [role=option]")
    first, last = (options.nth(place) for place in (0, -1))
    for key, option in (
        ("End", last),
        ("ArrowDown", first),
        ("ArrowUp", last),
        ("Home", first),
        ("ArrowDown", options.nth(1)),
    ):
        screen.keyboard.press(key)
        expect(option).to_have_attribute("aria-selected", "true")
        expect(screen.locator("#find [aria-selected=true]")).to_have_count(1)
        number = option.get_attribute("id") or "none"
        expect(screen.locator("#find-typed")).to_have_attribute("aria-activedescendant", number)


def test_whatever_is_there_is_found_and_opened_by_keyboard(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("Website", "Agent"), name="Monsoon Ragas")
    make_stage(channels=("Far web",), name="Monsoon Elsewhere")
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(f"{live_server.url}/admin/events/event/{stage.event.pk}/change/")
        dialog = screen.get_by_role("dialog", name="Find anything")
        box = screen.get_by_role("combobox", name="Find anything")
        chosen = screen.locator("#find [role=option][aria-selected=true]")

        name = screen.locator("#id_name")
        keys_are_left_to_controls(screen)
        name.focus()
        screen.keyboard.press("Control+k")
        expect(box).to_be_focused()
        expect(chosen).to_contain_text("Monsoon Ragas")  # opened last, and just now
        screen.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(name).to_be_focused()

        screen.evaluate("document.activeElement.blur()")
        screen.keyboard.press("/")
        expect(box).to_be_focused()
        expect(box).to_have_value("")
        box.press_sequentially("monsoon")
        expect(chosen).to_contain_text("Monsoon Ragas")
        status = dialog.get_by_role("status")
        expect(status).to_have_text("1 found")
        expect(screen.get_by_text("Elsewhere")).to_have_count(0)
        box.fill("a")
        expect(dialog.get_by_role("option")).not_to_have_count(1)
        lines_are_chosen_by_keys(screen)
        box.fill("nothing is called so")
        expect(status).to_contain_text("Nothing is found for “nothing is called so”")
        expect(box).to_have_attribute("aria-expanded", "false")

        box.fill("stop website")
        expect(chosen).to_contain_text("Stop selling: Website")
        with screen.context.expect_page() as opened:
            screen.keyboard.press("Control+Enter")
        expect(opened.value.get_by_label("Why it is stopped")).to_be_visible()
        expect(dialog).to_be_visible()
        expect_accessible(screen, within="#find")
        screen.evaluate("document.documentElement.classList.add('dark')")  # the theme's own
        expect_accessible(screen, within="#find")
        screen.evaluate("document.documentElement.classList.remove('dark')")
        screen.set_viewport_size({"width": 1280, "height": 900})
        box.fill("monsoon")
        expect(chosen).to_contain_text("Monsoon Ragas")
        box.fill("stop website")
        screen.keyboard.press("Enter")  # before the answer is there
        expect(screen).to_have_url(re.compile(r"/admin/allocations/saleschannel/\d+/stop"))
        stage.channels["Website"].refresh_from_db()
        assert not stage.channels["Website"].stop_reason

        # Who is disturbed by the one key switches it off, also for the next page.
        screen.keyboard.press("Control+k")
        screen.get_by_label("“/” opens this").uncheck()
        screen.reload()
        screen.evaluate("document.activeElement.blur()")
        screen.keyboard.press("/")
        expect(dialog).to_be_hidden()


def test_answers_that_are_late_or_lost_never_stand_for_what_is_typed(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("Website",), name="Monsoon Ragas")
    late: list[Route] = []

    def answer(route: Route) -> None:
        if "typed=first" in route.request.url:
            late.append(route)
        elif "typed=lost" in route.request.url:
            route.abort()
        elif "typed=broken" in route.request.url:
            route.fulfill(status=500, body="")
        else:
            route.fulfill(content_type="application/json", body=named("Second"))

    # The browser says of each lost answer that it is lost; the page says so too.
    page.context.route("**/admin/find/*", answer)
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        # Aborted questions do not come back: as if the network had delivered them all the same.
        screen.add_init_script("AbortController.prototype.abort = () => {}")
        screen.goto(f"{live_server.url}/admin/")
        screen.keyboard.press("Control+k")
        box = screen.get_by_role("combobox", name="Find anything")
        options = screen.locator("#find [role=option]")
        with screen.expect_request("**/*typed=first*"):
            box.fill("first")
        box.fill("second")
        expect(options).to_have_text(re.compile("Second"))
        with screen.expect_response("**/*typed=first*"):
            late[0].fulfill(content_type="application/json", body=named("First"))
        expect(screen.get_by_role("dialog").get_by_role("status")).to_have_text("1 found")
        expect(options).to_have_text(re.compile("Second"))


def test_what_is_lost_is_said_beside_the_box_and_nothing_old_stays(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("Website",), name="Monsoon Ragas")
    user = person(Role.VENUE_MANAGER, stage)
    with signed_in(page, live_server.url, user) as screen:
        screen.set_viewport_size({"width": 390, "height": 844})
        screen.goto(f"{live_server.url}/admin/")
        button = screen.get_by_role("button", name="Find anything").filter(visible=True)
        expect(button).to_have_count(1)
        button.click()
        dialog = screen.get_by_role("dialog", name="Find anything")
        box_of = dialog.bounding_box()
        assert box_of is not None
        assert (box_of["width"], box_of["height"]) == (390, 844)
        box = screen.get_by_role("combobox", name="Find anything")
        box.fill("website")
        option = dialog.get_by_role("option", name=re.compile("^Website"))
        expect(option).to_be_visible()
        user.is_active = False
        user.save()
        box.fill("websit")
        expect(dialog.get_by_role("alert")).to_have_text(re.compile("You are signed out"))
        expect(dialog.get_by_role("option")).to_have_count(0)
        user.is_active = True
        user.save()
        box.fill("website")
        expect(dialog.get_by_role("alert")).to_be_hidden()
        option.click()
        expect(screen).to_have_url(re.compile(r"/admin/allocations/saleschannel/\d+/change/"))
        screen.get_by_role("button", name="Find anything").filter(visible=True).click()
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden()
        expect(
            screen.get_by_role("button", name="Find anything").filter(visible=True)
        ).to_be_focused()
