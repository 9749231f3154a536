"""What a clerk does at the sell screen before a picture is taken."""

import re

from playwright.sync_api import Page, expect

TERMINAL = "Window 1"
COUNTER = re.compile("^Box office")


def order(page: Page) -> None:
    """Two of the first item."""
    _open_till(page)
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(page.locator(".lines")).to_be_visible()


def hold(page: Page) -> None:
    order(page)
    page.keyboard.press("Enter")
    expect(page.locator("[data-countdown]")).not_to_be_empty()


def pay_in_cash(page: Page) -> None:
    """What the picture before has held."""
    page.get_by_role("link", name=COUNTER).click()
    page.locator(".kinds").wait_for()
    total = page.locator(".total b").text_content() or ""
    page.keyboard.type(str(int("".join(filter(str.isdigit, total))) + 500))
    page.keyboard.press("c")
    expect(page.locator(".sold")).to_be_visible()


def sell_offline(page: Page) -> None:
    """From a lease, without a network: for good."""
    _open_till(page)
    page.keyboard.press("o")
    page.locator(".take .quantity input").first.fill("10")
    page.fill('[name="terminal"]', TERMINAL)
    page.locator('[name="terminal"]').press("Enter")
    expect(page.locator(".lease").first).to_be_visible()
    page.keyboard.press("Escape")
    page.context.set_offline(offline=True)
    for _ in range(3):
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(page.locator(".kinds")).to_be_visible(timeout=20_000)
        page.keyboard.press("c")
        expect(page.locator(".sold")).to_be_visible()
        page.keyboard.press("Enter")
    page.keyboard.press("1")


def _open_till(page: Page) -> None:
    page.get_by_role("link", name=COUNTER).click()
    page.locator(".steps, .lines, [name=float]").first.wait_for()
    if page.locator('[name="float"]').is_visible():
        page.fill('[name="terminal"]', TERMINAL)
        page.fill('[name="float"]', "2000")
        page.keyboard.press("Enter")
        page.locator(".steps").wait_for()
