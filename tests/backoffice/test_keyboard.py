"""What people of four roles do every day, by keyboard alone: no test here has a mouse."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from events.enums import EventStatus
from events.models import Event
from sales.models import Booking
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import id_of, make_stage
from tests.proofs import assert_reconciled
from tests.screens import let_in, sign_out, signed_in
from transfers.enums import TransferStatus
from transfers.models import Transfer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a screen reader would call what has the keyboard, nearly: its label, or its own words without icons.
NAME = """() => {
  const now = document.activeElement;
  if (!now || now.matches("body, main, [role=dialog]")) return "";
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("[aria-hidden=true], select")) return "";
    return [...node.childNodes].map(words).join("");
  };
  const named = now.getAttribute("aria-label") ?? (now.labels?.length ? words(now.labels[0]) : words(now));
  return named.replace(/\\s+/g, " ").trim();
}"""
# It is drawn around, and nothing stands over it.
SEEN = """() => {
  const now = document.activeElement;
  const box = now.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + Math.min(box.width / 2, 40), box.y + box.height / 2);
  return box.width <= 1 || now.contains(top) || top?.contains(now) || now.labels?.[0]?.contains(top);
}"""
FURTHEST = 90


class Keys:
    """A person with a keyboard."""

    def __init__(self, screen: Page) -> None:
        self.screen = screen

    def name(self) -> str:
        found: str = self.screen.evaluate(NAME)
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.screen.keyboard.press(key)

    def type(self, text: str) -> None:
        self.screen.keyboard.type(text)

    def reach(self, name: str, key: str = "Tab") -> None:
        """Tab until what is called so has the keyboard; it is seen there."""
        met = []
        for _press in range(FURTHEST):
            now = self.name()
            if re.search(name, now):
                assert self.screen.evaluate(SEEN), f"{now} is covered"
                return
            met.append(now)
            self.press(key)
        pytest.fail(f"{name} is not reached, but {met}")

    def reach_field(self, field: str) -> None:
        for _press in range(FURTHEST):
            if self.screen.evaluate("document.activeElement?.id") == field:
                return
            self.press("Tab")
        pytest.fail(f"{field} is not reached")

    def skip_menu(self) -> None:
        """On a page that has just been opened."""
        self.reach("^Skip to content$")
        self.press("Enter")

    def stands_on(self, name: str) -> None:
        expect(self.screen.locator(":focus")).to_be_visible()
        until_named(self, name)

    def says(self, text: str) -> None:
        expect(self.screen.get_by_role("status").filter(has_text=text).first).to_be_visible()

    def follow(self) -> None:
        """The link that has the keyboard, to another page."""
        with self.screen.expect_navigation():
            self.press("Enter")

    def open_menu(self) -> None:
        """By its button: its first action has the keyboard."""
        self.press("Enter")
        self.screen.wait_for_function("document.activeElement.closest('[data-opened-by]') !== null")

    def open_dialog(self, title: str) -> None:
        """By what has the keyboard."""
        self.press("Enter")
        expect(self.screen.get_by_role("dialog", name=title)).to_be_focused()


def until_named(keys: Keys, name: str) -> None:
    keys.screen.wait_for_function(
        f"(name) => new RegExp(name).test(({NAME})())", arg=name, timeout=10_000
    )


@contextmanager
def at_the_keys(page: Page, root: str, user: User, path: str) -> Iterator[Keys]:
    with signed_in(page, root, user) as screen:
        screen.goto(root + path)
        yield Keys(screen)


def test_a_manager_puts_an_event_on_sale_and_changes_its_plan(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("web", "agent"), status=EventStatus.DRAFT, give={})
    pool, web = stage.pools["GA"], stage.channels["web"].pk
    user = person(Role.VENUE_MANAGER, stage)
    with at_the_keys(page, live_server.url, user, address(pool, "change")) as keys:
        keys.skip_menu()
        keys.reach("^Plan$", "Shift+Tab")
        keys.press("Enter")
        keys.stands_on("^Write a plan|^Edit plan")
        keys.follow()
        expect(page).to_have_url(re.compile("/plan/$"))
        keys.reach_field(f"id_line-{web}-amount")
        keys.press("Control+a")
        with page.expect_response(re.compile(r"/plan/$")):
            keys.type("40")
        expect(page.locator("#plan-totals")).to_contain_text("40 guaranteed to channels")
        keys.reach("^Apply")
        keys.open_dialog("Apply")
        keys.reach("^Reason")
        keys.type("As agreed")
        keys.reach("^Apply")
        keys.press("Enter")
        keys.says("Version 1 of the plan of GA is in force")

        page.goto(live_server.url + address(stage.event, "change"))
        keys.reach("^Selling$")
        keys.open_menu()
        keys.press("Escape")
        keys.stands_on("^Selling$")
        for ends in ("Escape", None):
            keys.open_menu()
            keys.reach("^Put on sale$", "ArrowDown")
            keys.open_dialog("Put on sale")
            if ends:
                keys.press(ends)
                keys.stands_on("^Selling$")
        keys.reach("^Reason")
        keys.type("Season opening")
        keys.reach("^Put on sale$")
        keys.press("Enter")
        keys.says("is on sale.")
        keys.stands_on("^Selling$")
    assert Event.objects.get().status == EventStatus.ON_SALE
    assert stage.counters().quantity == 40
    assert_reconciled()


def test_a_clerk_finds_a_date_sells_and_signs_out(page: Page, live_server: LiveServer) -> None:
    stage = make_stage(channels=("web",), name="Jazz Night")
    clerk = person(Role.BOX_OFFICE, stage)
    with at_the_keys(page, live_server.url, clerk, address(Event, "changelist")) as keys:
        keys.skip_menu()
        keys.reach("^Filters$")
        keys.press("Enter")
        keys.stands_on("^Close$")
        filters = page.get_by_role("dialog", name="Filters")
        for _press in range(30):
            keys.press("Tab")
            assert page.evaluate(
                "document.getElementById('changelist-filter').contains(document.activeElement)"
            )
        keys.press("Escape")
        expect(filters).to_be_hidden()
        keys.stands_on("^Filters$")
        keys.reach("^Jazz Night")
        keys.follow()
        expect(page).to_have_url(re.compile("/change/"))

        keys.reach("^Selling$")
        keys.open_menu()
        keys.reach("^Sell tickets$", "ArrowDown")
        keys.open_dialog("Sell tickets")
        keys.reach("^Item and channel")
        # In a list of choices a letter chooses: it leads to no search box.
        keys.type("Ticket")
        keys.stands_on("^Item and channel")
        keys.reach("^Tickets")
        keys.press("Control+a")
        keys.type("2")
        keys.reach("^Sell$|^Sell tickets$")
        keys.press("Enter")
        keys.says("Sold: 2 × Ticket.")

        page.goto(live_server.url + address(Event, "changelist"))
        keys.reach(f"{re.escape(clerk.email)}$")
        keys.press("Enter")
        keys.stands_on("^Light$")
        keys.press("Escape")
        keys.stands_on(f"{re.escape(clerk.email)}$")
        keys.press("Enter")
        keys.stands_on("^Light$")
        keys.reach("^Log out$")
        keys.follow()
        expect(page.get_by_role("main")).to_contain_text("logged out")
    assert stage.counters().sold == 2


def test_a_transfer_is_asked_for_by_one_and_approved_by_another(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=47),
    )
    asker, decider = (person(Role.VENUE_MANAGER, stage) for _ in range(2))
    with at_the_keys(page, live_server.url, asker, address(stage.event, "change")) as keys:
        keys.skip_menu()
        keys.reach("^Transfers")
        keys.press("Enter")
        keys.reach("^Transfer units$")
        keys.follow()
        expect(page).to_have_url(re.compile("/transfer/ask/"))
        keys.skip_menu()
        keys.reach("^From")
        keys.type("hotel")
        keys.reach("^To")
        keys.type("web")
        keys.reach("^Units")
        keys.type("20")
        keys.reach("^Reason")
        keys.type("The website sells out")
        keys.reach("^Transfer$")
        keys.press("Enter")
        keys.says("20 units from hotel to web wait")

        sign_out(page)
        let_in(page, live_server.url, decider)
        page.goto(live_server.url + address(Transfer, "changelist") + "?decision=waiting")
        keys.skip_menu()
        keys.reach("^hotel → web")
        keys.follow()
        keys.reach("^Approve$")
        keys.open_dialog("Approve")
        keys.reach("^Approve and move$")
        keys.press("Enter")
        keys.says("20 units moved.")
    assert Transfer.objects.get().status == TransferStatus.EXECUTED
    assert_reconciled()


def test_finance_refunds_a_booking_and_takes_a_report_along(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("web",))
    booking = Booking.objects.get(pk=id_of(stage.sell([("Ticket", 2)])))
    user = person(Role.FINANCE, stage)
    with at_the_keys(page, live_server.url, user, address(booking, "change")) as keys:
        keys.reach("^Refund$")
        keys.open_dialog("Refund")
        keys.reach("^Reason")
        keys.type("The buyer is ill")
        keys.reach("^Refund$")
        keys.press("Enter")
        keys.says("efunded")

        page.goto(live_server.url + reverse("reports:index"))
        keys.skip_menu()
        keys.reach("^Sales Tickets and amounts|^Sales")
        keys.follow()
        keys.reach("^Rows by")
        keys.type("Channel")
        keys.reach("^Show$")
        keys.follow()
        expect(page).to_have_url(re.compile("by=channel"))
        keys.reach("^CSV")
        with page.expect_download() as download:
            keys.press("Enter")
        # Refunded tickets are in no sum.
        assert "Channel,Tickets" in download.value.path().read_text(encoding="utf-8-sig")
    assert stage.counters().sold == 0
    assert_reconciled()
