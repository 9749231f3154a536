"""A slip in an event's date is caught by the screen: it says what would happen, and waits for a yes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from events.models import Event
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_slip_in_a_date_is_shown_and_saved_only_after_a_yes(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("web", "agent"), name="Jazz Night")
    apply(stage, line(stage, "web", 60), line(stage, "agent", 40, release_hours=96))
    before = stage.event.starts_at
    soon = (timezone.now() + timedelta(days=3)).astimezone(stage.event.venue.zone)
    with signed_in(page, live_server.url, person(Role.VENUE_MANAGER, stage)) as screen:
        screen.goto(live_server.url + address(stage.event, "change"))
        screen.fill("#id_starts_at_0", f"{soon:%Y-%m-%d}")
        screen.fill("#id_reason", "Moved")
        screen.keyboard.press("Enter")
        asked = screen.get_by_role("region", name="This takes effect at once")
        expect(asked).to_contain_text("GA · agent: 40 unsold units go back")
        expect(screen.locator("#id_starts_at_0")).to_have_value(f"{soon:%Y-%m-%d}")
        assert Event.objects.get().starts_at == before
        asked.get_by_role("checkbox").focus()
        screen.keyboard.press("Space")
        screen.focus("#id_reason")
        screen.keyboard.press("Enter")
        expect(screen.locator("body")).to_contain_text("was changed successfully")
    assert Event.objects.get().starts_at.astimezone(soon.tzinfo).date() == soon.date()
