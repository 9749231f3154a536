"""The go-live checklist is run before it is photographed."""

from playwright.sync_api import Page

# A run waits for a worker, sells out a rehearsal, and sends messages.
MILLISECONDS = 180_000


def run(page: Page) -> None:
    """On the tab of an event; the page loads itself anew when the run has ended."""
    page.locator(".golive-button.is-first").click()
    page.locator("#dialog button[type=submit]").click()
    page.wait_for_load_state("load")
    page.goto(page.url.partition("#")[0] + "#dataset-go-live")
    page.reload()
    page.locator(".golive-check").first.wait_for(timeout=MILLISECONDS)
