"""What is typed on the configuration page before it is photographed."""

from playwright.sync_api import Page, expect


def more_for_one(page: Page) -> None:
    """The first part of the first pool gets a quarter more; the preview has answered."""
    number = page.locator(".cf-number input").first
    amount = float(number.input_value() or "0")
    number.fill(f"{round(amount * 1.25)}")
    expect(page.locator("#cf-preview .cf-gains")).to_contain_text("+")
    page.locator("#cf-preview:not(.is-old)").wait_for()
