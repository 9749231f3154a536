"""Events in the running system for tests in the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.counter import PATIENCE_MS, Counter, set_up, sign_in
from tests.live import LiveSystem


@pytest.fixture(scope="session")
def counters(live_system: LiveSystem) -> Iterator[Counter]:
    return iter(set_up(live_system))


@pytest.fixture
def counter(counters: Iterator[Counter]) -> Counter:
    """An event that no other test sells."""
    return next(counters)


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What Chromium holds against the page, such as anything that its policy forbids."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # While the live server is away, the browser says that it could not connect.
        if message.type == "error" and "WebSocket" not in message.text:
            found.append(message.text)

    page.on("console", note)
    page.on("dialog", lambda dialog: found.append(dialog.message))
    yield found
    assert [text for text in found if "favicon" not in text] == []


@pytest.fixture
def board(page: Page, counter: Counter, complaints: list[str]) -> Page:
    """The board of the counter's event, signed in and live."""
    sign_in(page, counter)
    expect(page.locator("#board")).to_have_attribute("data-connection", "live", timeout=PATIENCE_MS)
    return page
