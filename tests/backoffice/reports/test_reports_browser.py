"""Reports in Chromium: filtered by the address, as chart, table and file; a schedule of which one field is changed."""

import os
import re
from datetime import time
from pathlib import Path

import pytest
from django.forms.models import model_to_dict
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from planning.models import ReportSchedule
from tests.accessibility import DESKTOP, PHONE, SCHEMES, violations
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def expect_accessible(screen: Page) -> None:
    """Axe finds nothing on the page, light or dark, on a desk and on a phone."""
    for width, height in (DESKTOP, PHONE):
        screen.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            screen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            faults = violations(screen)
            assert faults == [], "\n".join(faults)
            if os.environ.get("FINLO_SHOTS"):
                name = f"{screen.url.rstrip('/').split('/')[-1][:12]}-{width}-{scheme}.png"
                screen.screenshot(path=Path(os.environ["FINLO_SHOTS"]) / name, full_page=True)
    screen.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_a_report_is_filtered_read_downloaded_and_scheduled(
    page: Page, live_server: LiveServer
) -> None:
    stage = make_stage(channels=("web", "agent"))
    stage.sell([("Ticket", 3)])
    manager = person(Role.VENUE_MANAGER, stage)
    with signed_in(page, live_server.url, manager) as screen:
        screen.goto(live_server.url + reverse("reports:index"))
        screen.get_by_role("button", name="Make an address").click()
        expect(screen.get_by_label("Your own address")).to_be_visible()
        expect_accessible(screen)

        screen.get_by_role("link", name="Sales Tickets and amounts").click()
        screen.get_by_label("Rows by").select_option("channel")
        screen.get_by_role("button", name="Show").press("Enter")
        expect(screen).to_have_url(re.compile("by=channel"))
        row = screen.get_by_role("row", name="web")
        expect(row).to_have_text("web 3 30 INR", use_inner_text=True)
        expect(screen.locator("svg.dash-chart g.column rect.kind")).to_have_count(1)
        expect_accessible(screen)
        with screen.expect_download() as download:
            screen.get_by_role("link", name="CSV").click()
        assert "web,3,30.00,INR" in download.value.path().read_text(encoding="utf-8-sig")

        screen.goto(
            live_server.url + address(ReportSchedule, "changelist").replace("?", "") + "add/"
        )
        screen.fill("#id_name", "Morning sales")
        screen.select_option("#id_report", "sales")
        expect(screen.locator("#id_weekday")).to_be_hidden()
        screen.fill("#id_at", "06:30")
        screen.get_by_label(manager.email).check()
        screen.click("button[name=_save]")
        expect(screen.locator("body")).to_contain_text("was added successfully")
        schedule = ReportSchedule.objects.get()
        assert (schedule.at, schedule.next_at is not None) == (time(6, 30), True)
        before = model_to_dict(schedule) | {"next_at": schedule.next_at}
        screen.goto(live_server.url + address(schedule, "change"))
        expect_accessible(screen)
        screen.fill("#id_name", "Sales of yesterday")
        screen.fill("#id_reason", "clearer")
        screen.click("button[name=_save]")
        expect(screen.locator("body")).to_contain_text("was changed successfully")
        schedule.refresh_from_db()
        after = model_to_dict(schedule) | {"next_at": schedule.next_at}
        assert after == before | {"name": "Sales of yesterday"}
