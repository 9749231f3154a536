"""The sell screen against the real processes, with the files as they are served in production."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from demo.season import PASSWORD
from tests.boxoffice.selling import open_till, sell_for_cash
from tests.live import LiveSystem

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(300)]

CLERK = "boxoffice@finlo.example"
# A screen that hears nothing from the socket asks every half minute: what comes in this time was told.
SOON_MS = 5_000


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    found: list[str] = []
    yield found
    assert [text for text in found if "favicon" not in text] == []


def open_demo_counter(browser: Browser, system: LiveSystem, complaints: list[str]) -> Page:
    """On a device of its own."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{system.web_url}/sell/")
    page.fill("[name=username]", CLERK)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.get_by_role("link", name=re.compile("^Box office")).click()
    expect(page.locator(".tile").first).to_be_visible()
    return page


def test_two_counters_show_each_sale_of_the_other(
    browser: Browser, live_system: LiveSystem, complaints: list[str]
) -> None:
    one = open_demo_counter(browser, live_system, complaints)
    if one.locator('[name="float"]').is_visible():
        open_till(one)
    two = open_demo_counter(browser, live_system, complaints)
    count = one.locator(".tile:not([disabled]) .count b").first
    before = int((count.text_content() or "").replace(",", ""))
    sell_for_cash(two)
    expect(count).to_have_text(f"{before - 1:,}", timeout=SOON_MS)
    assert one.evaluate("navigator.serviceWorker.ready.then((found) => found.scope)")
    one.context.close()
    two.context.close()
