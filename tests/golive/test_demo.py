"""The demo's sound event on the real system: nothing of its checklist fails; answered by mail, it is green and signed."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demo.season import PASSWORD
from tests.live import LiveSystem
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(300)]

# A run waits for the planner, which is started last, and for the notifier.
PATIENCE_MS = 180_000
ANSWER = re.compile(r"https?://\S+/a/test/\S+/")
# Not movements: beat goes on moving safety buffers of the season.
COUNTS = """
    SELECT (SELECT count(*) FROM sales_booking),
           (SELECT count(*) FROM events_venue), (SELECT count(*) FROM allocations_saleschannel),
           (SELECT count(*) FROM partners_apikey), (SELECT count(*) FROM offline_sync)
"""


def links_in(system: LiveSystem) -> set[str]:
    """Those by which people answer the messages that have been sent."""
    mails = Path(system.environment["FINLO_STATE_DIR"], "mail").iterdir()
    return {found.group() for mail in mails if (found := ANSWER.search(mail.read_text()))}


def test_a_sound_event_of_the_demo_is_ready(page: Page, live_system: LiveSystem) -> None:
    [(event,)] = live_system.query("SELECT id FROM events_event WHERE name = 'Monsoon Ragas'")
    before = live_system.query(COUNTS)
    address = f"{live_system.web_url}/admin/events/event/{event}/change/#dataset-go-live"

    def open_tab() -> None:
        page.goto("about:blank")  # or only the fragment would be another
        page.goto(address)

    open_tab()
    page.fill("[name=username]", "manager@finlo.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    open_tab()
    page.get_by_role("link", name="Run the checklist").press("Enter")
    page.get_by_role("button", name="Run it").press("Enter")
    page.get_by_text("is running. See the tab").wait_for()
    open_tab()
    page.locator(".golive-check").first.wait_for(timeout=PATIENCE_MS)
    lights = page.locator(".golive-check h3").all_inner_texts()
    assert len(lights) == 5
    told = page.locator(".golive-checks").inner_text()
    assert [light for light in lights if "Passed" not in light] == [
        light for light in lights if "Test alerts reach each team" in light
    ], told
    assert "Ghar Outlets has last reported on" in told
    assert "Vikram Desai has read and signed how transfers are approved" in told
    # Nothing of it stays in the season's numbers.
    assert live_system.query(COUNTS) == before

    followed: set[str] = set()

    def each_team_has_answered() -> bool:
        """A message may still be on its way when the run has ended."""
        for link in links_in(live_system) - followed:
            page.goto(link)
            page.get_by_role("button", name="I have read it").click()
            page.get_by_text("Thank you.").wait_for()
            followed.add(link)
        open_tab()
        page.locator(".golive-check").first.wait_for()
        return page.locator(".golive-check.is-green").count() == 5

    until(each_team_has_answered, "all five checks are green", 60)
    page.get_by_role("link", name="Sign", exact=True).press("Enter")
    page.get_by_role("button", name="I have read it: the event may go live").press("Enter")
    expect(page.get_by_text("is signed.")).to_be_visible()
    ready = "Everything was checked and signed, and nothing has changed since."
    expect(page.get_by_text(ready)).to_be_attached()
