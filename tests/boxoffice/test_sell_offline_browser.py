"""A counter without a network, in a Chromium with a profile of its own: no sale may live in memory alone."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from boxoffice.counter.sync_calls import Sync
from boxoffice.models import Payment
from boxoffice.sell import release
from common.actor import SYSTEM
from offline import leases
from offline.models import Report
from sales.enums import BookingStatus
from sales.models import Block, Booking
from tests.accessibility import DESKTOP, expect_accessible
from tests.boxoffice.selling import (
    DESK,
    Wire,
    kill_browser,
    make_clerk,
    make_counter,
    open_counter,
    open_profile,
    open_till,
    sell_for_cash,
    stay_signed_in,
    take_lease,
    wire_to,
)
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled
from tests.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

OFFLINE = '.sell[data-mode="lease"]'
NEXT = "finlo-sell-next"
# Of the sell screen: the page behind its links has one of its own.
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('finlo-sell-')))"
ACTIVE = "navigator.serviceWorker.ready.then((found) => found.active.state === 'activated')"


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    return make_counter()


@pytest.fixture
def clerk(stage: Stage) -> User:
    return make_clerk(stage, name="Asha Rao")


@pytest.fixture
def wire(live_server: LiveServer) -> Iterator[Wire]:
    with wire_to(live_server.thread.port) as wire:
        yield wire


@pytest.fixture
def device(browser: Browser, tmp_path: Path, wire: Wire, clerk: User) -> Iterator[Page]:
    """A browser with a profile of its own, in which the clerk is signed in."""
    context = open_profile(browser, tmp_path)
    stay_signed_in(context, wire.url, clerk)
    yield context.pages[0]
    context.close()


@pytest.fixture
def leased(device: Page, wire: Wire, stage: Stage) -> Page:
    """A counter that has leased 25 tickets, with all that it needs on the device."""
    prepare(device, wire, stage)
    return device


def prepare(page: Page, wire: Wire, stage: Stage) -> None:
    open_counter(page, wire.url, stage)
    open_till(page)
    take_lease(page, stage.items["Ticket"].pk, 25)
    until(lambda: bool(page.evaluate(ACTIVE)), "the page is kept on the device")


ALL_ACTIVE = """navigator.serviceWorker.getRegistrations().then((found) =>
  found.length === 4 && found.every((one) => one.active?.state === "activated"))"""


def test_a_page_that_needs_the_network_says_so_leads_back_and_opens_when_it_is_there(
    device: Page, wire: Wire, stage: Stage
) -> None:
    open_counter(device, wire.url, stage)
    until(lambda: bool(device.evaluate(ALL_ACTIVE)), "the pages are kept on the device")
    links = device.locator("[data-needs-network]")
    expect(links.locator(".mark")).to_have_count(0)
    wire.cut()
    device.evaluate("dispatchEvent(new Event('offline'))")
    for at in range(3):
        expect(links.nth(at)).to_have_attribute("title", "needs the network")
        expect(links.nth(at).locator(".mark")).to_be_visible()
    expect_accessible(device)
    for name, path in (("Tills", "/tills/"), ("Guest lists", "/guests/"), ("Boards", "/board/")):
        device.get_by_role("link", name=f"{name} needs the network").click()
        expect(device.get_by_role("heading")).to_have_text("This page needs the network")
        assert device.url == f"{wire.url}{path}"
        expect(device.get_by_role("link", name="Go back to selling")).to_be_focused()
        if name == "Tills":
            expect_accessible(device, sizes=(DESKTOP, (360, 780)))
            assert device.evaluate("document.documentElement.scrollWidth <= innerWidth")
            device.set_viewport_size({"width": 1280, "height": 800})
        device.keyboard.press("Enter")
        expect(device.locator(".banner.offline")).to_be_visible()
    device.goto(f"{wire.url}/tills/")
    wire.mend()
    expect(device.get_by_role("heading", name="Tills", exact=True)).to_be_visible(timeout=20_000)
    assert device.url == f"{wire.url}/tills/"


def test_an_evening_without_a_network_is_sold_and_sent_exactly_once(
    browser: Browser,
    tmp_path: Path,
    wire: Wire,
    stage: Stage,
    clerk: User,
    leased: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire.cut()
    receipts = [sell_for_cash(leased) for _ in range(6)]
    expect(leased.locator(OFFLINE)).to_be_visible()
    expect(leased.locator(".banner.offline")).to_contain_text("19 tickets are left")
    expect_accessible(leased)
    leased.keyboard.press("l")
    expect(leased.locator("[data-lookup] .lease")).to_have_count(6)
    # A ticket for each, with the date and a code, for whoever lets the buyer in.
    leased.evaluate("window.print = () => {}")
    leased.locator("[data-lookup]").get_by_role("button", name="Print").first.click()
    ticket = leased.locator("[data-paper] section")
    expect(ticket).to_have_count(1)
    expect(ticket).to_contain_text(re.compile(rf"Diwali Night.*\d\d:\d\d.*{receipts[-1]}1 of 1"))
    expect(ticket.locator("svg")).to_have_count(1)
    expect_accessible(leased)
    leased.keyboard.press("Escape")
    # The page is loaded anew without a network.
    leased.reload()
    expect(leased.locator(".tile").first).to_contain_text("19")
    receipts += [sell_for_cash(leased) for _ in range(4)]
    # The power goes.
    kill_browser(tmp_path)
    context = open_profile(browser, tmp_path)
    # A browser that is killed may not have written its newest cookies; to sell nobody asks for them.
    stay_signed_in(context, wire.url, clerk)
    page = context.pages[0]
    open_counter(page, wire.url, stage)
    expect(page.locator(".tile").first).to_contain_text("15")
    receipts += [sell_for_cash(page) for _ in range(4)]
    # The network comes back for a moment, with a new version of the page; the sales do not get through.
    post = Sync.post
    monkeypatch.setattr(Sync, "post", _unavailable)
    monkeypatch.setattr(release, "version_of", lambda _shell: "next")
    wire.mend()
    page.reload()
    until(lambda: page.evaluate(CACHES) == [NEXT], "the new version is kept instead")
    expect(page.locator(".chip")).to_contain_text("14 to send")
    wire.cut()
    page.reload()
    expect(page.locator(".tile").first).to_contain_text("11")
    assert page.evaluate(CACHES) == [NEXT]
    receipts += [sell_for_cash(page) for _ in range(6)]
    assert Payment.objects.count() == 0
    # And now all of it is sent.
    monkeypatch.setattr(Sync, "post", post)
    wire.mend()
    expect(page.locator(".chip")).not_to_contain_text("to send", timeout=30_000)
    number = receipts[0].rpartition("-")[0]
    assert receipts == [f"{number}-{n}" for n in range(1, 21)]
    assert [payment.receipt for payment in Payment.objects.order_by("pk")] == receipts
    assert Booking.objects.filter(status=BookingStatus.CONFIRMED).count() == 20
    # What is left of the lease is held still.
    assert stage.counters(channel=DESK) == Counters(100, 5, 20, 0)
    assert_reconciled()
    context.close()


def _unavailable(*_arguments: object, **_names: object) -> None:
    raise ConnectionError


# Fill what the browser gives the page to the last kilobyte, as other pages may have filled the disk.
FILL = """async () => {
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith("finlo-sell-"));
  const opened = indexedDB.open(name);
  await new Promise((done) => (opened.onsuccess = done));
  const put = (size, key) => new Promise((done) => {
    const transaction = opened.result.transaction("meta", "readwrite");
    const bytes = crypto.getRandomValues(new Uint8Array(size));
    transaction.objectStore("meta").put(bytes, key);
    transaction.oncomplete = () => done(true);
    transaction.onabort = () => done(false);
  });
  let written = 0;
  for (const size of [65536, 4096, 1024]) {
    while (await put(size, `fill-${written}`) && written < 2000) written += 1;
  }
  opened.result.close();
  return written;
}"""
EMPTY = """async () => {
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith("finlo-sell-"));
  const opened = indexedDB.open(name);
  await new Promise((done) => (opened.onsuccess = done));
  const transaction = opened.result.transaction("meta", "readwrite");
  transaction.objectStore("meta").delete(IDBKeyRange.bound("fill-", "fill-~"));
  await new Promise((done) => (transaction.oncomplete = done));
  opened.result.close();
}"""


def test_a_device_without_room_refuses_before_the_sale(
    device: Page, wire: Wire, stage: Stage
) -> None:
    # A database that is open already does not ask anew how much it may have.
    quota = device.context.new_cdp_session(device)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": wire.url, "quotaSize": 5_000_000})
    prepare(device, wire, stage)
    wire.cut()
    first = sell_for_cash(device)
    filled = device.evaluate(FILL)
    assert 0 < filled < 2_000
    for key in ("1", "Enter"):
        device.keyboard.press(key)
    expect(device.locator(".refusal")).to_contain_text("no room left")
    expect(device.locator(".kinds")).to_have_count(0)
    device.keyboard.press("Escape")
    quota.send("Storage.overrideQuotaForOrigin", {"origin": wire.url})
    device.evaluate(EMPTY)
    # The number of the sale that was refused is not lost.
    second = sell_for_cash(device)
    assert [receipt.rpartition("-")[2] for receipt in (first, second)] == ["1", "2"]


def test_nobody_signs_out_with_sales_that_were_not_sent_and_nothing_stays_afterwards(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    wire.cut()
    sell_for_cash(leased)
    leased.get_by_role("button", name="Sign out").click()
    stays = leased.locator("[data-stays]")
    expect(stays).to_contain_text("Sales on this device that were not sent: 1.")
    # What is said stands above what is sold.
    tops = [leased.locator(one).bounding_box() for one in ("[data-stays]", ".banner", ".tiles")]
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert len(heights) == 3
    wire.mend()
    expect(leased.locator(".chip")).not_to_contain_text("to send", timeout=30_000)
    # From another page, too.
    leased.goto(f"{wire.url}/board/")
    leased.get_by_role("button", name="Sign out").click()
    leased.wait_for_url("**/admin/**")
    assert stage.counters(channel=DESK) == Counters(100, 0, 1, 0)
    assert leased.evaluate("indexedDB.databases()") == []


def test_two_terminals_of_a_counter_sell_each_from_a_lease_of_its_own(
    browser: Browser, tmp_path: Path, leased: Page, wire: Wire, stage: Stage, clerk: User
) -> None:
    context = open_profile(browser, tmp_path / "other")
    stay_signed_in(context, wire.url, clerk)
    other = context.pages[0]
    open_counter(other, wire.url, stage)
    take_lease(other, stage.items["Ticket"].pk, 10, "Gate 2")
    wire.cut()
    receipts = [sell_for_cash(page) for page in (leased, other, leased, other)]
    wire.mend()
    for page in (leased, other):
        expect(page.locator(".chip")).not_to_contain_text("to send", timeout=30_000)
    context.close()
    assert {receipt.rpartition("-")[2] for receipt in receipts} == {"1", "2"}
    assert {payment.receipt for payment in Payment.objects.all()} == set(receipts)
    assert stage.counters(channel=DESK) == Counters(100, 31, 4, 0)


def test_a_clock_that_is_wrong_by_years_sells_and_is_corrected(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    leased.clock.install(time="2031-01-01T00:00:00Z")
    leased.reload()
    expect(leased.locator(".tile").first).to_be_visible()
    wire.cut()
    receipt = sell_for_cash(leased)
    wire.mend()
    leased.evaluate("window.dispatchEvent(new Event('online'))")
    expect(leased.locator(".chip")).not_to_contain_text("to send", timeout=30_000)
    said = Report.objects.get().said
    sold_at = datetime.fromisoformat(said["utc_sold_at"])
    assert abs((sold_at - Payment.objects.get(receipt=receipt).taken_at).total_seconds()) < 300


def test_a_sale_without_stock_is_shown_with_the_ways_out(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    wire.cut()
    sell_for_cash(leased)
    # Somebody hands the lease back in the back office, and all is sold.
    leases.hand_back(Block.objects.get().pk, by=SYSTEM, reason="lost")
    stage.sell((("Ticket", 100),), channel=DESK)
    wire.mend()
    banner = leased.locator(".banner.warn")
    expect(banner).to_contain_text("need somebody: 1", timeout=30_000)
    banner.get_by_role("button", name="Show them").click()
    conflict = leased.locator(".troubled li")
    expect(conflict).to_contain_text("1 × Ticket")
    expect(conflict.get_by_role("link", name="The ways out")).to_have_attribute(
        "href", "/admin/offline/conflict/"
    )
    expect_accessible(leased)
    # Money was taken.
    assert Payment.objects.count() == 1
