"""What a manager asks before a picture of the pages of planning is taken."""

from playwright.sync_api import Page, expect

# A worker takes it up, and works out all of its seeds.
PATIENCE = 180_000


def compare(page: Page) -> None:
    """The event's own buyers under its plan, and under a dynamic one."""
    page.get_by_label("Plan A").first.select_option("IN_FORCE")
    page.get_by_label("Plan B").first.select_option("DYNAMIC")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible(timeout=PATIENCE)
    page.mouse.move(0, 0)
