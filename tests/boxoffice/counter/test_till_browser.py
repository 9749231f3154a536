"""A till in Chromium: opened, counted and closed by keyboard alone, and its receipt printed."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from boxoffice.models import ReceiptPrinting, Shift
from tests.accessibility import DESKTOP, PHONE, expect_accessible
from tests.boxoffice.counter.desks import Desk, make_desk, make_person
from tests.screens import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
NARROW = (360, 740)
SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

CUT_OFF = """[...document.querySelectorAll(".scroll")]
  .filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.getAttribute("aria-labelledby"))"""


def test_a_till_is_opened_counted_and_closed_by_keyboard(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_desk(name="Sunburn Arena, New Year's Eve")
    clerk = make_person(stage)
    desk = Desk(stage, clerk)
    with signed_in(page, live_server.url, clerk):
        page.goto(f"{live_server.url}/tills/")
        expect_accessible(page)
        page.get_by_label("Terminal").focus()
        for key in ("Control+A", "Gate 2", "Tab", "500", "Enter"):
            page.keyboard.press(key) if key in {"Control+A", "Tab", "Enter"} else (
                page.keyboard.type(key)
            )
        expect(page.get_by_text("Gate 2", exact=False).first).to_be_visible()
        shift = Shift.objects.get()
        desk.sell(3, {"kind": "CASH", "tendered": "50.00"})
        desk.sell(2, {"kind": "UPI"})
        page.get_by_role("link", name="Count and close").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("500 ×")).to_be_focused()
        page.keyboard.type("1")
        for count in ("", "", "", "1"):  # Enter goes on to the next value
            page.keyboard.press("Enter")
            page.keyboard.type(count)
        expect(page.locator("[data-sum]")).to_have_text("520")
        expect_accessible(page)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Compare").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Short 10 INR")).to_be_focused()
        expect_accessible(page)
        page.get_by_role("button", name="Close the till").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"/tills/{shift.pk}/$"))
        expect(page.get_by_text("Short").first).to_be_visible()
        page.get_by_text("History").click()
        expect_accessible(page, sizes=(DESKTOP, PHONE, NARROW))
        assert page.evaluate(SCROLLS) is False
        # On a telephone, too, each row shows its money without being pushed aside.
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate(CUT_OFF) == []
        page.get_by_role("link", name=f"T{shift}-1").click()
        expect(page.locator(".ticket")).to_have_count(3)
        expect_accessible(page, sizes=(DESKTOP, PHONE, NARROW))
        assert page.evaluate(SCROLLS) is False
        with page.expect_response(re.compile("/printings/$")) as printed:
            page.get_by_role("button", name="Print", exact=True).click()
        assert printed.value.status == 201
        assert ReceiptPrinting.objects.count() == 1
        page.reload()
        expect(page.get_by_text("Copy. First printed")).to_be_visible()
