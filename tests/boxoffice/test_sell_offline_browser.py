"""A counter without a network, in a Chromium with a profile of its own: no sale may live in memory alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from boxoffice.counter.sync_calls import Sync
from boxoffice.models import Payment
from boxoffice.sell import release
from sales.enums import BookingStatus
from sales.models import Booking
from tests.accessibility import expect_accessible
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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

OFFLINE = '.sell[data-mode="lease"]'
READY = """async () => {
  const found = await navigator.serviceWorker.ready;
  return found.active.state === "activated" && (await caches.keys()).length === 1;
}"""


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
def leased(
    browser: Browser, tmp_path: Path, wire: Wire, stage: Stage, clerk: User
) -> Iterator[Page]:
    """A counter that has leased 25 tickets, with all that it needs on the device."""
    context = open_profile(browser, tmp_path)
    stay_signed_in(context, wire.url, clerk)
    page = context.pages[0]
    open_counter(page, wire.url, stage)
    open_till(page)
    take_lease(page, stage.items["Ticket"].pk, 25)
    page.wait_for_function(READY)
    yield page
    context.close()


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
    with monkeypatch.context() as patch:
        patch.setattr(Sync, "post", _unavailable)
        patch.setattr(release, "version_of", lambda _shell: "the-next-version")
        before = page.evaluate("caches.keys()")
        wire.mend()
        page.reload()
        page.wait_for_function("async (old) => (await caches.keys())[0] !== old", arg=before[0])
        expect(page.locator(".chip")).to_contain_text("14 to send")
        wire.cut()
    page.reload()
    assert page.evaluate("caches.keys()") == ["finlo-sell-the-next-version"]
    receipts += [sell_for_cash(page) for _ in range(6)]
    assert Payment.objects.count() == 0
    # And now all of it is sent.
    with monkeypatch.context() as patch:
        patch.setattr(release, "version_of", lambda _shell: "the-next-version")
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


def test_a_device_without_room_refuses_before_the_sale(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    wire.cut()
    first = sell_for_cash(leased)
    browser = leased.context.new_cdp_session(leased)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": wire.url, "quotaSize": 1})
    for key in ("1", "Enter"):
        leased.keyboard.press(key)
    expect(leased.locator(".refusal")).to_contain_text("no room left")
    expect(leased.locator(".kinds")).to_have_count(0)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": wire.url})
    leased.keyboard.press("Escape")
    # The number of the sale that was refused is not lost.
    second = sell_for_cash(leased)
    assert [receipt.rpartition("-")[2] for receipt in (first, second)] == ["1", "2"]


def test_nobody_signs_out_with_sales_that_were_not_sent_and_nothing_stays_afterwards(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    wire.cut()
    sell_for_cash(leased)
    leased.get_by_role("button", name="Sign out").click()
    expect(leased.locator("[data-stays]")).to_contain_text("1 sales on this device were not sent")
    wire.mend()
    expect(leased.locator(".chip")).not_to_contain_text("to send", timeout=30_000)
    leased.get_by_role("button", name="Sign out").click()
    leased.wait_for_url("**/admin/**")
    assert stage.counters(channel=DESK) == Counters(100, 0, 1, 0)
    assert leased.evaluate("indexedDB.databases()") == []
    assert leased.evaluate("localStorage.length") == 0


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
    payment = Payment.objects.get(receipt=receipt)
    booking = Booking.objects.get(payments=payment)
    assert abs((payment.taken_at - booking.created_at).total_seconds()) < 300


def test_a_sale_without_stock_is_shown_with_the_ways_out(
    leased: Page, wire: Wire, stage: Stage
) -> None:
    from common.actor import SYSTEM
    from offline import leases
    from sales.models import Block

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
