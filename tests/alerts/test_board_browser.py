"""The board in Chromium, beside a real live server: what comes in shows up without a reload."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from alerts import live, services
from alerts.enums import Kind
from alerts.links import alert_link
from alerts.models import Alert
from common.actor import SYSTEM
from finlo_inventory.asgi import application
from finlo_inventory.processes.ports import free_port
from tests.alerts.conftest import person
from tests.alerts.making import make_alert, make_endpoint
from tests.factories import Stage, make_stage
from tests.screens import signed_in
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BOARD = "/admin/alerts/alert/"


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    return make_stage(channels=("web", "agent"))


@pytest.fixture
def sockets(settings: Any) -> Iterator[None]:
    """The live server, on the port at which pages look for it."""
    settings.LIVE_URL, settings.LIVE_PORT = "", free_port()
    config = uvicorn.Config(
        application, port=settings.LIVE_PORT, lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started, "the live server is up")
    yield
    server.should_exit = True
    thread.join(20)


def opened(stage: Stage, kind: Kind = Kind.LOW_STOCK) -> Alert:
    alert = make_alert(stage, kind)
    live.publish([alert])
    return alert


def test_a_new_alert_raises_the_badge_and_fills_the_board(
    page: Page, live_server: LiveServer, stage: Stage, sockets: None
) -> None:
    user = person(Role.BOX_OFFICE, stage)
    with signed_in(page, live_server.url, user) as screen:
        screen.goto(f"{live_server.url}/admin/")
        badge = screen.locator("[data-live-badge]")
        expect(badge).to_be_hidden()
        # On any page of the admin.
        first = opened(stage)
        expect(badge).to_have_text("1")
        expect(screen).to_have_title(re.compile(r"^\(1\) "))
        expect(screen.get_by_role("status").filter(has_text="Open alerts: 1")).to_have_count(1)

        screen.locator("#nav-sidebar-apps").get_by_role("link", name="Board").click()
        expect(screen.locator("[data-live-word]")).to_have_text("Live")
        rows = screen.locator("tr.data-row")
        expect(rows).to_have_count(1)
        opened(stage, Kind.VELOCITY)
        expect(rows).to_have_count(2)
        expect(screen.get_by_role("link", name="Standing 2")).to_be_visible()

        # Somebody is choosing: nothing moves under the hand, and a line says what is new.
        rows.filter(has_text="49 units left").locator("input.action-select").check()
        opened(stage, Kind.SYNC_OVERDUE)
        expect(badge).to_have_text("3")
        expect(screen.locator("[data-news-text]")).to_have_text("New alerts have come in.")
        expect(rows).to_have_count(2)
        screen.locator("select[name=action]").select_option("acknowledge_selected")
        screen.locator("button[name=index]").click()
        screen.get_by_role("button", name="Acknowledge").click()
        expect(screen.locator("body")).to_contain_text("1 alert is yours now")
        expect(rows).to_have_count(3)
        expect(badge).to_have_text("2")
    first.refresh_from_db()
    assert first.acknowledged_by == user


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(
    scheme: str, page: Page, live_server: LiveServer, stage: Stage, sockets: None, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    made = [make_alert(stage, kind) for kind in Kind]
    link = alert_link(made[0], make_endpoint(stage))
    services.acknowledge([made[1].pk], by=SYSTEM, now=timezone.now(), note="Mine")
    user = person(Role.VENUE_MANAGER, stage)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    with signed_in(page, live_server.url, user) as screen:
        screen.set_viewport_size({"width": 360, "height": 780})
        seen = [f"{live_server.url}{BOARD}{one.pk}/change/" for one in made[:4]]
        for address in (f"{live_server.url}{BOARD}", *seen, link):
            screen.goto(address)
            wider = screen.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wider <= 0, address
        screen.get_by_label("Note, if you like").fill("On my way")
        screen.get_by_role("button", name="Acknowledge").click()
        expect(screen.get_by_text("On my way")).to_be_visible()
        expect(screen.get_by_role("button", name="Acknowledge")).to_have_count(0)
