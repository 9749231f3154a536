"""From an empty database to a sale through ten channels, by the screens alone, as the guide leads.

It took about 70 pages and 390 entries when each listing, each channel and each role had a page of its
own. ``docs/first-hour.md`` tells the same way.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM
from events.models import Event, Venue
from sales import services
from sales.models import Booking
from sales.orders import Order, OrderLine
from tests.factories import make_user
from tests.proofs import assert_reconciled
from tests.screens import PASSWORD, errors_on

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),  # twenty pages, each in a few seconds beside other work
]

MAX_PAGES, MAX_ENTRIES = 20, 120
PLACES = ("WEBSITE", "MOBILE_APP", "PWA", "BOX_OFFICE", "KIOSK")
PARTNERS = ("RESELLER", "FRANCHISE", "TRAVEL_AGENT", "MARKETPLACE", "HOTEL")


class Newcomer:
    """Somebody at the screen, whose pages and entries are counted: a field filled, a thing pressed."""

    def __init__(self, page: Page, root: str) -> None:
        self.page, self.root = page, root
        self.pages, self.entries = 0, 0
        page.on("domcontentloaded", self._turn)

    def _turn(self, _page: Page) -> None:
        self.pages += 1

    def type(self, place: str | Locator, text: str) -> None:
        self.entries += 1
        (self.page.locator(place) if isinstance(place, str) else place).fill(text)

    def press(self, place: str | Locator, key: str = "") -> None:
        """With the mouse, or with a key on what has the focus."""
        self.entries += 1
        found = self.page.locator(place) if isinstance(place, str) else place
        if key:
            found.press(key)
        else:
            found.click()

    def follow(self, step: str) -> None:
        """The guide's step, which has to be the next one; by the keyboard."""
        card = self.page.locator(".guide li.next")
        expect(card).to_contain_text(step)
        self.press(card.get_by_role("link"), "Enter")

    def save(self, button: str = "Save") -> None:
        self.press(self.page.get_by_role("button", name=button, exact=True))

    def agree(self, reason: str) -> None:
        """In a dialog: say why, and do it."""
        expect(self.page.locator("#dialog")).to_be_visible()
        self.type("#dialog_reason", reason)
        self.press("#dialog button[type=submit]")

    def reads(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)


@pytest.fixture
def newcomer(page: Page, live_server: LiveServer) -> Iterator[Newcomer]:
    """At the address of an installation with one superuser. What breaks a page's policy fails."""
    errors = errors_on(page)
    yield Newcomer(page, live_server.url)
    assert errors == []


def sign_in(newcomer: Newcomer, user: User) -> None:
    newcomer.page.goto(f"{newcomer.root}/admin/")
    newcomer.type("#id_username", user.email)
    newcomer.type("#id_password", PASSWORD)
    newcomer.press("button[type=submit]")


def set_up_the_venue(newcomer: Newcomer) -> None:
    newcomer.press(newcomer.page.get_by_role("link", name="Add a venue"))
    newcomer.type("#id_name", "Royal Opera")
    newcomer.save()
    newcomer.follow("Sales channels")
    for place in (*PLACES, *PARTNERS):
        newcomer.press(f"#tick-{place}", "Space")
    newcomer.type("[name=name-HOTEL]", "Lotus Hotels")
    newcomer.save("Add the ticked channels")
    newcomer.reads("10 channels are made")


def set_up_the_event(newcomer: Newcomer) -> None:
    newcomer.follow("Events")
    starts = timezone.now() + timedelta(days=30)
    newcomer.type("#id_name", "Jazz Night")
    newcomer.type("#id_starts_at_0", f"{starts:%Y-%m-%d}")
    newcomer.type("#id_starts_at_1", "20:00")
    newcomer.save()
    newcomer.follow("Pools")
    newcomer.type("#id_name", "Hall")
    newcomer.type("#id_first_capacity", "300")
    newcomer.save()
    newcomer.follow("Items")
    newcomer.type("#id_name", "Adult")
    newcomer.save("Save and add another")
    newcomer.reads("was added successfully")
    newcomer.type("#id_name", "Child")
    newcomer.save()


def price_it(newcomer: Newcomer) -> None:
    newcomer.follow("Prices")
    page = newcomer.page
    for number, price in enumerate(("1500", "750.50")):
        newcomer.type(page.locator("[name^=list-]").nth(number), price)
    newcomer.press("#fill")
    newcomer.reads("20 cells are filled")
    cell = page.get_by_label("Child, Lotus Hotels", exact=True)
    newcomer.type(cell, "1,500")
    newcomer.press(cell, "Enter")  # to look, not to save
    newcomer.reads("“1,500” can be read in two ways")
    assert not Listing.objects.exists()
    newcomer.type(cell, "700")
    newcomer.save("Save prices")
    newcomer.reads("20 listings are made")


def plan_it(newcomer: Newcomer) -> None:
    newcomer.follow("Plan")
    newcomer.page.once("dialog", lambda asked: asked.accept())
    newcomer.press("#begin-SHARES")
    expect(newcomer.page.locator("#plan-totals")).to_contain_text("150 shared by groups")
    newcomer.save("Apply…")
    expect(newcomer.page.locator("#dialog-changes")).to_contain_text("Partners")
    newcomer.agree("As agreed with all partners")
    newcomer.reads("is in force")


def sell_one(newcomer: Newcomer) -> None:
    newcomer.follow("On sale")
    newcomer.agree("Opening")
    newcomer.reads("is on sale")
    page = newcomer.page
    newcomer.press(page.get_by_role("button", name="Selling"))
    newcomer.press(page.get_by_role("link", name=re.compile("Sell tickets$")))
    expect(page.locator("#dialog")).to_be_visible()
    newcomer.entries += 1
    page.locator("#dialog_listing").select_option(index=1)
    newcomer.press("#dialog button[type=submit]")
    newcomer.reads("Sold: 1 × Adult.")


def test_a_newcomer_sells_through_ten_channels_within_the_first_hour(newcomer: Newcomer) -> None:
    user = make_user(is_staff=True, is_superuser=True, password=PASSWORD)
    sign_in(newcomer, user)
    set_up_the_venue(newcomer)
    set_up_the_event(newcomer)
    price_it(newcomer)
    plan_it(newcomer)
    sell_one(newcomer)
    assert newcomer.pages <= MAX_PAGES, newcomer.pages
    assert newcomer.entries <= MAX_ENTRIES, newcomer.entries

    event = Event.objects.get()
    channels = list(SalesChannel.objects.filter(venue=Venue.objects.get()))
    assert len(channels) == 10
    for item in event.items.all():
        for channel in channels:
            services.book(
                Order(event.pk, channel.pk, [OrderLine(item.pk, 1)], confirm=True), by=SYSTEM
            )
    assert Booking.objects.filter(event=event).count() == 21
    listing = Listing.objects.get(channel__name="Lotus Hotels", item__name="Child")
    assert f"{listing.price:.2f}" == "700.00"
    records = Listing.history.filter(event=event)
    assert set(records.values_list("history_user", "history_change_reason")) == {
        (user.pk, "Set up")
    }
    assert_reconciled()
