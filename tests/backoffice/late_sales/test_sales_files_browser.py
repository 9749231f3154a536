"""A manager uploads a sales file, sees what it would change, books it and undoes it: by the keyboard alone."""

import re
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from exchange.sales_files.work import work
from tests.backoffice.conftest import person
from tests.exchange.sales_files.files import csv, make_marketplace, row
from tests.factories import Stage
from tests.proofs import assert_reconciled
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Checking and booking take a worker, whatever else the machine does.
WORKED = 15_000


@pytest.fixture
def stage() -> Stage:
    return make_marketplace(10)


@pytest.fixture
def _worker(stage: Stage) -> Iterator[None]:
    """A worker in a thread, since nobody runs Celery here."""
    del stage
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.3):
            work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join(30)


@pytest.mark.usefixtures("_worker")
def test_a_file_is_uploaded_checked_and_booked(
    page: Page, live_server: LiveServer, stage: Stage
) -> None:
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        shown = screen.locator("body")
        screen.goto(f"{live_server.url}/admin/")
        screen.get_by_role("link", name="Sales files").first.click()
        screen.get_by_role("link", name="Upload a sales file").press("Enter")
        screen.locator("#upload_channel").press("w")
        expect(screen.locator("#upload_channel option:checked")).to_contain_text("web")
        content = csv([row("A-1", 4), row("A-2", 9), row("A-3", "many")])
        screen.set_input_files(
            "input[type=file]", {"name": "monday.csv", "mimeType": "", "buffer": content}
        )
        is_not_sent_if_it_is_too_large(screen, len(content))
        screen.get_by_role("button", name="Upload and check").press("Enter")
        expect(shown).to_contain_text("What booking it would change", timeout=WORKED)
        expect(screen.get_by_role("row", name="4 “many” is not how many.")).to_be_visible()
        expect(screen.get_by_role("row", name="3 Diwali Gala Ticket 9 6")).to_be_visible()
        assert stage.counters().sold == 0

        go_back_to(screen, "Book")
        expect(screen.locator("#dialog")).to_contain_text("Tickets added")
        agree(screen, "Monday's file")
        expect(shown).to_contain_text("What was booked", timeout=WORKED)
        assert stage.counters().sold == 4
        go_back_to(screen, "Undo")
        agree(screen, "The wrong day")
        expect(screen.get_by_text("Undone", exact=True)).to_be_visible(timeout=WORKED)
    assert stage.counters().sold == 0
    assert_reconciled()


def is_not_sent_if_it_is_too_large(screen: Page, size: int) -> None:
    form = screen.locator("form[data-max-bytes]")
    largest = form.get_attribute("data-max-bytes")
    form.evaluate("form => { form.dataset.maxBytes = '10' }")
    screen.get_by_role("button", name="Upload and check").press("Enter")
    told = screen.get_by_role("alert").filter(has_text="bytes")
    expect(told).to_have_text(f"The file has {size} bytes; at most 10 are taken.")
    expect(screen.locator("input[type=file]")).to_be_focused()
    form.evaluate("(form, largest) => { form.dataset.maxBytes = largest }", largest)


def go_back_to(screen: Page, action: str) -> None:
    """From the state of the file: what can be done with it stands just before.

    The page puts the keyboard there for whoever waited, which nobody has if the worker was the quicker one;
    that it does is asked in tests/exchange/test_browser.py.
    """
    end = screen.locator("[data-progress-end]")
    expect(end).to_be_visible(timeout=WORKED)
    end.focus()
    link = screen.get_by_role("link", name=re.compile(f"{action}$")).last
    for _ in range(5):
        screen.keyboard.press("Shift+Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    screen.keyboard.press("Enter")
    expect(screen.locator("#dialog")).to_be_focused()


def agree(screen: Page, reason: str) -> None:
    for _ in range(3):
        screen.keyboard.press("Tab")
        if screen.evaluate("document.activeElement.id") == "dialog_reason":
            break
    screen.keyboard.type(reason)
    screen.keyboard.press("Enter")
