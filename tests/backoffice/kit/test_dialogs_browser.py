"""Pages by keyboard, where an open dialog keeps it and gives it back and the menu can be skipped; and on paper."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As on a machine that has much to do: Alpine shows a dialog in the next frame.
SLOW_FRAMES = """
    const next = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (paint) => next(() => setTimeout(paint, 200));
"""
INSIDE = "document.getElementById('dialog').contains(document.activeElement)"


def test_a_dialog_keeps_the_keyboard_and_returns_it(page: Page, live_server: LiveServer) -> None:
    stage = make_stage(channels=("web", "agent"))
    page.add_init_script(SLOW_FRAMES)
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(live_server.url + address(stage.pools["GA"], "change"))
        link = screen.get_by_role("link", name="Set capacity")
        link.focus()
        screen.keyboard.press("Enter")
        dialog = screen.get_by_role("dialog")
        expect(dialog).to_be_focused()
        for key, times in (("Tab", 12), ("Shift+Tab", 12)):
            for _press in range(times):
                screen.keyboard.press(key)
                assert screen.evaluate(INSIDE), key
        screen.keyboard.press("/")  # elsewhere it finds anything
        assert screen.evaluate(INSIDE)
        screen.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(link).to_be_focused()
        screen.goto(f"{live_server.url}/admin/transfers/transfer/ask/{stage.pools['GA'].pk}/")
        screen.focus("#dialog_target")
        screen.keyboard.type("agent")
        expect(screen.locator("#dialog_target")).to_be_focused()


def test_the_first_stop_of_the_keyboard_skips_the_menu(page: Page, live_server: LiveServer) -> None:
    stage = make_stage()
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(live_server.url + address(stage.pools["GA"], "change"))
        screen.keyboard.press("Tab")
        link = screen.get_by_role("link", name="Skip to content")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        screen.keyboard.press("Enter")
        screen.keyboard.press("Tab")
        assert screen.evaluate(
            "document.getElementById('content').contains(document.activeElement)"
        )


def test_a_dark_page_is_printed_light(page: Page, live_server: LiveServer) -> None:
    page.emulate_media(color_scheme="dark")
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, make_stage())) as screen:
        screen.goto(f"{live_server.url}/admin/")
        root = screen.locator("html")
        expect(root).to_have_class(re.compile("dark"))
        screen.emulate_media(media="print")
        expect(root).not_to_have_class(re.compile("dark"))
        screen.emulate_media(media="screen")
        expect(root).to_have_class(re.compile("dark"))
