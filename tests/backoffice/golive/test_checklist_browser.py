"""The go-live checklist in Chromium: run it, watch it end, read what failed, sign, print."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from events.enums import EventStatus
from golive.enums import CheckKind, Light, RunState
from golive.models import ChecklistRun
from golive.results import Finding, Result, doubtful, failed, passed, worst
from golive.selectors import fingerprint
from tests.accessibility import expect_accessible
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEAM = "Box office: test messages sent: 1."


def end(run: ChecklistRun, **findings: Finding) -> None:
    """As a worker does it."""
    results = [
        Result(kind, [passed("web: a test read in 21 ms showed items: 1, to sell: 40.")])
        if kind.value not in findings
        else Result(kind, [findings[kind.value]])
        for kind in CheckKind
    ]
    ChecklistRun.objects.filter(pk=run.pk).update(
        state=RunState.DONE,
        verdict=worst(result.light for result in results),
        results=[result.as_json() for result in results],
        fingerprint=fingerprint(run.event_id),
        finished_at=timezone.now(),
    )


def test_it_is_run_read_signed_and_printed(
    page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    stage = make_stage(status=EventStatus.DRAFT)
    user = person(Role.VENUE_MANAGER, stage)
    with signed_in(page, live_server.url, user) as screen:
        event_page = f"{live_server.url}{address(stage.event, 'change')}#dataset-go-live"
        screen.goto(event_page)
        screen.get_by_role("link", name="Run the checklist").press("Enter")
        expect(screen.locator("#dialog")).to_contain_text("Nothing of it is sold or changed.")
        screen.get_by_role("button", name="Run it").press("Enter")
        screen.goto(event_page)
        expect(screen.locator("#progress")).to_contain_text("Waiting for a worker")
        end(
            ChecklistRun.objects.get(),
            CHANNELS=failed("agent has no key.", "Issue a key.", "/admin/"),
            ALERTS=doubtful(TEAM, "Ask a person of the team."),
        )
        # The page follows by itself.
        expect(screen.get_by_text("agent has no key.")).to_be_visible()
        expect(screen.get_by_role("link", name="Issue a key.")).to_be_visible()
        expect(screen.get_by_role("link", name="Sign", exact=True)).to_have_count(0)
        expect_accessible(screen, within="#dataset-go-live-group")
        screen.set_viewport_size({"width": 1280, "height": 900})

        run = ChecklistRun.objects.create(event=stage.event, asked_by=user)
        end(run, ALERTS=doubtful(TEAM, "Ask a person of the team."))
        screen.goto(event_page)
        screen.reload()
        screen.get_by_role("link", name="Sign", exact=True).press("Enter")
        screen.locator("#dialog_reason").fill("Box office will answer on Monday")
        screen.get_by_role("button", name="I have read it: the event may go live").press("Enter")
        expect(screen.get_by_text("is signed.")).to_be_visible()
        screen.goto(event_page)
        expect(
            screen.get_by_text("Everything was checked and signed, and nothing has changed since.")
        ).to_be_visible()
        run.refresh_from_db()
        assert (run.signed_by, run.note) == (user, "Box office will answer on Monday")
        assert run.verdict == Light.AMBER

        screen.get_by_role("link", name="Read and print").press("Enter")
        expect(screen.get_by_role("heading", level=1)).to_contain_text("Go-live checklist of")
        expect(screen.get_by_text("Box office will answer on Monday")).to_be_visible()
        expect_accessible(screen)
        screen.pdf(path=tmp_path / "checklist.pdf")
        assert (tmp_path / "checklist.pdf").stat().st_size > 1_000
