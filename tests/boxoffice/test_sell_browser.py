"""Selling at a counter, in Chromium: by keys, with holds that run out and answers that are lost."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from allocations.models import SalesChannel
from allocations.services import add_pool, list_item, move_quantity
from boxoffice.models import Payment
from common.actor import SYSTEM
from events.models import Event, Venue
from sales import services as sales
from sales.enums import BookingStatus
from sales.models import Booking
from tests.accessibility import DESKTOP, expect_accessible
from tests.boxoffice.selling import (
    DESK,
    make_clerk,
    make_counter,
    open_counter,
    open_till,
    sell_for_cash,
)
from tests.factories import Counters, Stage, make_event, make_item
from tests.proofs import assert_reconciled
from tests.screens import let_in
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    stage = make_counter()
    venue = Venue.objects.filter(pk=stage.event.venue_id)
    venue.update(upi_address="bluehall@bank", upi_name="Blue Hall")
    return stage


@pytest.fixture
def counter(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    """The counter without a till. A violation of the policy fails the test; a refusal, which the console notes too, does not."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    let_in(page, live_server.url, make_clerk(stage, name="Asha Rao"))
    open_counter(page, live_server.url, stage)
    yield page
    assert [text for text in errors if "Content Security Policy" in text] == []


@pytest.fixture
def screen(counter: Page) -> Page:
    """The counter with an open till."""
    open_till(counter)
    return counter


def test_three_keys_make_a_sale_and_the_screen_is_accessible_at_each_step(
    screen: Page, stage: Stage
) -> None:
    expect_accessible(screen)
    screen.keyboard.press("1")
    expect(screen.locator(".lines")).to_contain_text("Ticket")
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-countdown]")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    assert stage.counters(channel=DESK) == Counters(100, 1, 0, 0)
    screen.keyboard.press("u")
    expect(screen.get_by_role("img", name="QR code: pay ₹10 to Blue Hall")).to_be_visible()
    expect_accessible(screen)
    for width in (360, 1920):
        screen.set_viewport_size({"width": width, "height": 800})
        assert screen.evaluate("document.documentElement.scrollWidth") <= width
    screen.keyboard.press("c")
    expect(screen.locator(".sold .receipt")).to_be_visible()
    expect_accessible(screen)
    payment = Payment.objects.get()
    expect(screen.locator(".sold .receipt")).to_have_text(f"Receipt {payment.receipt}")
    assert stage.counters(channel=DESK) == Counters(100, 0, 1, 0)
    screen.keyboard.press("Enter")
    screen.keyboard.press("o")
    expect(screen.locator("#offline")).to_be_visible()
    expect_accessible(screen)
    assert_reconciled()


def test_change_is_given_and_another_customer_begins(screen: Page, stage: Stage) -> None:
    screen.keyboard.press("1")
    screen.keyboard.press("3")
    screen.keyboard.press("Enter")
    expect(screen.locator(".kinds")).to_be_visible()
    expect(screen.locator(".total b")).to_have_text("₹30")
    # This clerk may not give tickets away.
    screen.keyboard.type("g")
    expect(screen.locator(".kinds [aria-pressed=true]")).to_have_count(0)
    expect(screen.get_by_label("Cash given")).to_be_visible()
    screen.keyboard.type("20")
    screen.keyboard.press("c")
    expect(screen.locator(".refusal")).to_have_text("The cash given is less than the total.")
    screen.keyboard.press("Backspace")
    screen.keyboard.type("00")
    screen.keyboard.press("c")
    expect(screen.locator(".due b")).to_have_text("₹170")
    screen.keyboard.press("1")
    expect(screen.locator(".stepper b")).to_have_text("1")
    assert stage.counters(channel=DESK) == Counters(100, 0, 3, 0)


def test_what_is_held_is_there_again_after_a_reload_and_is_released(
    screen: Page, stage: Stage
) -> None:
    screen.keyboard.press("2")
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-countdown]")).to_be_visible()
    screen.reload()
    expect(screen.locator("[data-countdown]")).to_be_visible()
    expect(screen.locator(".lines")).to_contain_text("Family pack")
    screen.keyboard.press("r")
    expect(screen.locator(".steps")).to_be_visible()
    until(lambda: stage.counters(channel=DESK).held == 0, "the hold is released")


def test_a_hold_that_runs_out_while_the_clerk_looks_is_held_again(
    screen: Page, stage: Stage, live_server: LiveServer
) -> None:
    desk = SalesChannel.objects.filter(pk=stage.channels[DESK].pk)
    desk.update(default_hold_seconds=2)
    screen.keyboard.press("1")
    screen.keyboard.press("Enter")
    expect(screen.locator(".lapsed")).to_contain_text("The hold has run out")
    desk.update(default_hold_seconds=900)
    screen.keyboard.press("Enter")
    expect(screen.locator(".kinds")).to_be_visible()
    screen.keyboard.press("c")
    expect(screen.locator(".sold")).to_be_visible()
    assert stage.counters(channel=DESK).sold == 1
    assert Booking.objects.filter(status=BookingStatus.CONFIRMED).count() == 1


def test_a_sale_whose_answer_is_lost_is_asked_for_again_and_made_once(
    screen: Page, stage: Stage
) -> None:
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    screen.route("**/counter/sales/", lose_the_first)
    receipt = sell_for_cash(screen)
    assert len(set(keys)) == 1 < len(keys)
    assert [payment.receipt for payment in Payment.objects.all()] == [receipt]
    assert stage.counters(channel=DESK) == Counters(100, 0, 1, 0)


def test_a_sale_without_an_answer_outlives_the_page(screen: Page, stage: Stage) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    screen.route("**/counter/sales/", lose)
    screen.keyboard.press("1")
    screen.keyboard.press("Enter")
    expect(screen.locator(".kinds")).to_be_visible()
    screen.keyboard.press("c")
    expect(screen.locator(".banner", has_text="No answer yet for: 1 × Ticket")).to_be_visible()
    screen.unroute_all(behavior="wait")  # one that is just being lost, too
    screen.reload()
    expect(screen.locator(".tile").first).to_be_enabled()
    expect(screen.locator(".banner")).to_have_count(0)
    assert Payment.objects.count() == 1
    assert stage.counters(channel=DESK) == Counters(100, 0, 1, 0)


def snapshot_of(stage: Stage) -> dict[str, object]:
    """What the live server tells of the rows of both channels."""
    rows = [(stage.row(channel=name), stage.channels[name]) for name in stage.channels]
    return {
        "type": "snapshot",
        "pools": [{"pool": stage.pools["GA"].pk, "name": "GA"}],
        "channels": [{"channel": one.pk, "name": one.name} for _, one in rows],
        "rows": [
            {"stock": row.pk, "kind": row.kind, "pool": row.pool_id, "channel": one.pk}
            | {"version": 1, "quantity": row.quantity, "held": row.held, "sold": row.sold}
            for row, one in rows
        ],
    }


def test_a_refusal_names_the_limit_and_offers_a_transfer(screen: Page, stage: Stage) -> None:
    web, own = stage.row(channel="web"), stage.row(channel=DESK)
    move_quantity(source=own, target=web, units=40, by=SYSTEM, reason="test")
    stage.sell((("Ticket", 58),), channel=DESK)
    screen.route_web_socket("**/ws/**", lambda wire: wire.send(json.dumps(snapshot_of(stage))))
    screen.reload()
    expect(screen.locator(".tile").first).to_contain_text("2")
    for key in ("1", "5", "Enter"):
        screen.keyboard.press(key)
    refusal = screen.locator(".refusal")
    expect(refusal).to_contain_text("2")
    assert stage.counters(channel=DESK) == Counters(60, 0, 58, 0)
    expect(refusal.locator('[name="units"]')).to_have_value("3")
    expect_accessible(screen)
    # The open stock has none, the website has 40: what is asked for first is what somebody has.
    website = refusal.get_by_role("radio", name="web")
    expect(website).to_be_checked()
    box = website.bounding_box()
    assert box is not None
    assert box["width"] < 30  # the name has the room
    refusal.locator('[name="units"]').fill("41")
    refusal.get_by_role("button", name="Ask for a transfer").click()
    expect(refusal).to_contain_text("41 units were asked for, 40 are free.")
    refusal.locator('[name="units"]').fill("3")
    refusal.get_by_role("button", name="Ask for a transfer").click()
    expect(refusal).to_contain_text("Moved: 3.")
    assert stage.counters(channel="web") == Counters(37, 0, 0, 0)
    for key in ("Enter", "c"):
        expect(screen.locator(".kinds" if key == "c" else ".refusal")).to_be_visible()
        screen.keyboard.press(key)
    expect(screen.locator(".sold")).to_be_visible()


def test_a_sale_is_found_refunded_in_part_and_changed(screen: Page, stage: Stage) -> None:
    for key in ("1", "3", "Enter"):
        screen.keyboard.press(key)
    expect(screen.locator(".kinds")).to_be_visible()
    screen.keyboard.press("c")
    expect(screen.locator(".sold")).to_be_visible()
    receipt = Payment.objects.get().receipt
    screen.keyboard.press("l")
    screen.keyboard.type(receipt)
    screen.keyboard.press("Enter")
    found = screen.locator("[data-lookup] .lease")
    expect(found).to_contain_text("3 × ₹10")
    expect_accessible(screen)
    found.get_by_role("button", name="Refund").click()
    screen.fill('[name="line-1"]', "1")
    expect(screen.locator("[data-sum]")).to_have_text("₹10")
    screen.fill('[name="reason"]', "The customer has fallen ill")
    expect_accessible(screen)
    # What was paid in money goes back as money; a refusal leaves what was typed, and the sum is of that.
    kind = screen.locator('[data-lookup] [name="kind"]')
    expect(kind.locator("option")).to_have_text(["Cash", "Card", "UPI"])
    kind.select_option("UPI")
    problem = {"code": "BUSY", "title": "Busy", "status": 409, "detail": "Try again.", "errors": []}
    screen.route("**/counter/refunds/", lambda route: route.fulfill(status=409, json=problem))
    screen.press('[name="reason"]', "Enter")
    expect(screen.locator("[data-lookup] .refusal")).to_have_text("Try again.")
    expect(kind).to_have_value("UPI")
    expect(screen.locator("[data-sum]")).to_have_text("₹10")
    screen.unroute("**/counter/refunds/")
    screen.press('[name="reason"]', "Enter")
    expect(screen.locator("[data-lookup] .done")).to_contain_text("Refunded: give back ₹10.")
    expect(found).to_contain_text("2 × ₹10")
    found.get_by_role("button", name="Change").click()
    family_pack = stage.items["Family pack"].pk
    # More of what the booking has is more in its own line.
    expect(screen.locator('[name^="add-"]')).to_have_count(1)
    screen.fill(f'[name="add-{family_pack}"]', "1")
    screen.press(f'[name="add-{family_pack}"]', "Enter")
    expect(screen.locator("[data-lookup] .done")).to_contain_text("Changed: ₹10 paid.")
    assert [str(payment.amount) for payment in Payment.objects.order_by("pk")] == [
        "30.00",
        "-10.00",
        "10.00",
    ]
    assert stage.counters(channel=DESK) == Counters(100, 0, 6, 0)
    # What the back office gives back has no receipt: the last one that there is can be printed.
    sales.cancel(Booking.objects.get().pk, by=SYSTEM, reason="ill", lines={1: 1})
    screen.fill("#lookup-q", receipt)
    screen.press("#lookup-q", "Enter")
    expect(found).to_contain_text("Outside the counter -₹10")
    printed = Payment.objects.order_by("pk")[2]
    expect(found.get_by_role("link", name="Print")).to_have_attribute(
        "href", f"/counter/receipts/{printed.pk}/"
    )
    assert_reconciled()


def test_two_tabs_of_a_terminal_do_not_sell_both(
    screen: Page, live_server: LiveServer, stage: Stage
) -> None:
    other = screen.context.new_page()
    other.goto(screen.url)
    expect(other.locator(".banner")).to_contain_text("Another tab of this device sells")
    other.keyboard.press("1")
    expect(other.locator(".order")).to_be_hidden()
    other.get_by_role("button", name="Sell here instead").click()
    expect(screen.locator(".banner")).to_contain_text("Another tab of this device sells")
    expect(screen.locator(".order")).to_be_hidden()
    sell_for_cash(other)
    assert stage.counters(channel=DESK).sold == 1


def test_who_is_signed_out_is_told_so(screen: Page) -> None:
    screen.context.clear_cookies()
    with screen.expect_response("**/catalog/") as answer:
        screen.evaluate("window.dispatchEvent(new Event('online'))")
    assert answer.value.status == 401
    expect(screen.locator(".banner")).to_contain_text("You are signed out")


def test_a_person_without_a_till_is_asked_to_open_one(counter: Page) -> None:
    expect(counter.get_by_role("heading", name="Open your till")).to_be_visible()
    expect_accessible(counter)
    counter.fill('[name="terminal"]', "Gate 1")
    counter.fill('[name="float"]', "many")
    counter.keyboard.press("Enter")
    expect(counter.locator(".refusal")).to_contain_text("must be an amount")


IN_SIGHT = """(id) => {
  const row = document.querySelector("[data-events]").getBoundingClientRect();
  const own = document.querySelector(`[data-key="event-${id}"]`).getBoundingClientRect();
  return own.left >= row.left - 1 && own.right <= row.right + 1;
}"""


def add_dates(stage: Stage, count: int) -> list[Event]:
    """Of a festival: further events that the counter lists, one a day."""
    dates = []
    for day in range(1, count + 1):
        name = f"Festival day {day}" if day < count else "Séance of Jazz"
        starts_at = stage.event.starts_at + timedelta(days=day)
        event = make_event(stage.event.venue, name=name, starts_at=starts_at)
        with transaction.atomic():
            pool = add_pool(event=event, name="GA", capacity=10, by=SYSTEM)
            item = make_item(event, "Ticket", {pool: 1})
            list_item(item=item, channel=stage.channels[DESK], price=Decimal(10))
        dates.append(event)
    return dates


def test_each_event_of_a_festival_is_reached_by_keys_by_touch_and_by_its_name(
    page: Page, live_server: LiveServer, stage: Stage
) -> None:
    last = add_dates(stage, 30)[-1]
    let_in(page, live_server.url, make_clerk(stage))
    open_counter(page, live_server.url, stage)
    open_till(page)
    events = page.locator("button.event")
    expect(events).to_have_count(31)
    assert page.evaluate(IN_SIGHT, last.pk) is False
    page.keyboard.press("[")  # from the first to the last one
    expect(page.locator(f'[data-key="event-{last.pk}"][aria-pressed=true]')).to_be_visible()
    assert page.evaluate(IN_SIGHT, last.pk) is True
    page.keyboard.press("/")
    page.keyboard.type("jazz")
    expect(events).to_have_count(1)
    page.keyboard.press("Escape")
    expect(events).to_have_count(31)
    page.keyboard.press("/")
    page.keyboard.type("festival day 17")
    page.keyboard.press("Enter")
    expect(page.locator("button.event[aria-pressed=true]")).to_contain_text("Festival day 17")
    expect_accessible(page, sizes=(DESKTOP, (360, 780)))
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("textbox", name="Find an event").fill("")
    expect(page.locator("[data-event-row][data-after]")).to_be_visible()
    events.last.focus()
    assert page.evaluate(IN_SIGHT, last.pk) is True
    expect(page.locator("[data-event-row][data-after]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(f'[data-key="event-{last.pk}"][aria-pressed=true]')).to_be_focused()
