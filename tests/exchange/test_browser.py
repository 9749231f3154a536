"""A manager sets an event up from a file, by the screens alone."""

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from allocations.models import Stock
from events.enums import EventStatus
from events.models import Event
from exchange.enums import RunState
from exchange.models import ImportRun
from exchange.work import work
from sales.models import BookingLine
from tests.exchange.conftest import person
from tests.exchange.files import upload, xlsx_bytes
from tests.factories import make_channel, make_venue
from tests.proofs import assert_reconciled
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Checking and importing take a worker, and a sale its stock, whatever else the machine does.
WORKED = 15_000


@pytest.fixture
def manager() -> User:
    venue = make_venue(name="Blue Hall", slug="blue-hall")
    user = person(Role.VENUE_MANAGER)
    user.venues.add(venue)
    user.channels.add(make_channel(venue, "web"))
    return user


@pytest.fixture
def screen(page: Page, live_server: LiveServer, manager: User) -> Iterator[Page]:
    """The admin, signed in as the manager. A violation of the policy fails the test."""
    with signed_in(page, live_server.url, manager) as screen:
        yield screen


@pytest.fixture
def _worker() -> Iterator[None]:
    """A worker in a thread, since nobody runs Celery here."""
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


def season(price: str) -> bytes:
    event = {"venue": "blue-hall", "event": "Diwali Night", "starts_at": "2030-11-05 19:00"}
    return xlsx_bytes(
        {
            "events": [event],
            "pools": [{**event, "pool": "GA", "capacity": 1000}],
            "items": [{**event, "item": "Ticket", "components": "GA:1"}],
            "listings": [{**event, "item": "Ticket", "channel": "web", "price": price}],
        }
    )


def send(screen: Page, root: str, content: bytes) -> None:
    screen.goto(f"{root}/")
    screen.get_by_role("link", name="Import and export").first.click()
    screen.set_input_files(
        "input[type=file]", {"name": "season.xlsx", "mimeType": "", "buffer": content}
    )
    screen.get_by_role("button", name="Upload and check").click()


def choose(screen: Page, menu: str, action: str) -> None:
    """An action of a menu in the page's header."""
    screen.get_by_role("button", name=menu).click()
    # The banner above may offer the same; the menu stands after it.
    screen.get_by_role("link", name=re.compile(f"{action}$")).last.click()


def agree(screen: Page, **answers: str) -> None:
    """Answer a dialog that is open or opens."""
    expect(screen.locator("#dialog")).to_be_visible()
    for name, value in answers.items():
        screen.fill(f"#dialog_{name}", value)
    screen.click("#dialog button[type=submit]")


@pytest.mark.usefixtures("_worker")
def test_an_event_is_set_up_from_a_file_and_put_on_sale(
    screen: Page, live_server: LiveServer
) -> None:
    root = f"{live_server.url}/admin"
    send(screen, root, season("ten"))
    shown = screen.locator("body")
    expect(shown).to_contain_text("“ten” is no amount such as 1499.50.", timeout=WORKED)
    expect(screen.get_by_role("row", name="listings 2 price")).to_be_visible()

    send(screen, root, season("1499"))
    expect(shown).to_contain_text("Ready to import", timeout=WORKED)
    screen.get_by_role("link", name=re.compile("Import$")).last.click()
    agree(screen, reason="Season opening")
    expect(shown).to_contain_text("What was imported", timeout=WORKED)
    assert_reconciled()

    screen.get_by_role("link", name="Diwali Night, 5 Nov 2030").click()
    expect(screen).to_have_url(re.compile("/events/event/"))
    screen.locator("#tabs-items").get_by_text("Pools").click()
    screen.get_by_role("link", name="GA", exact=True).click()
    choose(screen, "Allocations", "Allocate")
    screen.select_option("#dialog_channel", label="web")
    agree(screen, units="200", reason="Season opening")
    expect(shown).to_contain_text("web now has 200 of GA.")
    screen.get_by_role("link", name=re.compile("Diwali Night, 5 Nov")).click()
    choose(screen, "Selling", "Put on sale")
    agree(screen, reason="Season opening")
    expect(shown).to_contain_text("Diwali Night, 5 Nov 2030 is on sale.")
    assert Event.objects.get().status == EventStatus.ON_SALE
    choose(screen, "Selling", "Sell tickets")
    screen.select_option("#dialog_listing", label="Ticket – 1,499 INR, 200 can be sold")
    agree(screen, tickets="1")
    expect(shown).to_contain_text("Sold: 1 × Ticket.", timeout=WORKED)
    assert BookingLine.objects.get().quantity == 1
    assert Stock.objects.get(channel__code="web", pool__name="GA").sold == 1
    assert_reconciled()


def test_the_bar_moves_by_itself(screen: Page, live_server: LiveServer, manager: User) -> None:
    run = upload(manager, b"venue,series\nblue-hall,Nights\n")
    screen.goto(f"{live_server.url}/admin/exchange/importrun/{run.pk}/change/")
    expect(screen.get_by_role("progressbar")).to_be_visible()
    ImportRun.objects.filter(pk=run.pk).update(done=300, total=1000)
    expect(screen.get_by_role("progressbar")).to_have_attribute("value", "30", timeout=WORKED)
    expect(screen.locator("[data-progress-said]")).to_have_text("Waiting to be checked: 25 %")
    work()
    expect(screen.locator("body")).to_contain_text("Ready to import", timeout=WORKED)
    # Who uses no mouse, or hears the page, goes on at what has become of it.
    expect(screen.locator("[data-progress-end]")).to_be_focused()
    assert ImportRun.objects.get().state == RunState.READY


def test_a_workbook_is_downloaded(screen: Page, live_server: LiveServer, tmp_path: Path) -> None:
    screen.goto(f"{live_server.url}/admin/exchange/importrun/both/")
    with screen.expect_download() as waiting:
        screen.get_by_role("button", name="Download").click()
    path = tmp_path / "set-up.xlsx"
    waiting.value.save_as(path)
    book: Any = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert book["channels"]["B2"].value == "web"
