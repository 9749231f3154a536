"""The first page and the channel map in a browser: they fit, keep the policy and can be used."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from tests.factories import Stage, make_stage
from tests.planning.conftest import person
from tests.screens import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAP = "/admin/allocations/saleschannel/map/"
LONG = "MakeMyTrip partner desk, western region"


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    """A season under way, with a name that is longer than any card."""
    made = make_stage(
        channels=("web", LONG),
        pools={"General admission": 1_000, "Car park": 300},
        items={"Ticket": {"General admission": 1}, "Both": {"General admission": 1, "Car park": 1}},
        give={("General admission", "web"): 600, ("General admission", LONG): 200},
    )
    made.draw("web", pool="General admission")
    SalesChannel.objects.filter(name=LONG).update(
        kind=ChannelKind.PARTNER,
        place=ChannelPlace.TRAVEL_AGENT,
        stop_reason="The contract is being renewed, and nobody knows when",
    )
    made.sell((("Ticket", 8),))
    made.hold((("Ticket", 3),))
    return made


@pytest.fixture
def screen(page: Page, live_server: LiveServer, stage: Stage) -> Iterator[Page]:
    """Signed in as the venue's manager. A violation of the policy fails the test."""
    user = person(Role.VENUE_MANAGER, stage.event.venue)
    with signed_in(page, live_server.url, user) as screen:
        yield screen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_both_pages_fit(screen: Page, live_server: LiveServer, scheme: str, width: int) -> None:
    screen.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    screen.set_viewport_size({"width": width, "height": 800})
    for path in ("/admin/", "/admin/?sold=days", MAP):
        answer = screen.goto(live_server.url + path)
        assert answer is not None
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        wider = screen.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, path
    # The picture needs room; the cards below say the same without it.
    expect(screen.locator(".map-picture")).to_be_visible(visible=width >= 1280)
    expect(screen.locator(".map-card").first).to_be_visible()


def test_the_map_is_walked_by_keyboard(screen: Page, live_server: LiveServer, stage: Stage) -> None:
    web = stage.channels["web"]
    screen.goto(live_server.url + MAP)
    screen.get_by_role("link", name=re.compile("^web 600")).focus()
    screen.keyboard.press("Enter")
    expect(screen).to_have_url(re.compile(f"/saleschannel/{web.pk}/change/$"))
    screen.go_back()
    screen.get_by_role("link", name=re.compile("^Partner 200")).click()
    expect(screen.locator("#kind-PARTNER")).to_be_in_viewport()
    screen.get_by_role("combobox", name="Event").select_option(label=str(stage.event))
    screen.get_by_role("button", name="Show", exact=True).click()
    expect(screen).to_have_url(re.compile(f"event={stage.event.pk}"))


def test_the_charts_numbers_are_read_in_a_table(screen: Page, live_server: LiveServer) -> None:
    screen.goto(f"{live_server.url}/admin/?sold=days")
    screen.get_by_text("As a table").click()
    last = screen.locator(".dash-details tbody tr").last
    expect(last.get_by_role("cell")).to_have_text(["8", "0", "0", "0", "0", "8"])
    screen.get_by_role("link", name=re.compile("Tickets sold today 8")).click()
    expect(screen.locator("#result_list tbody tr")).to_have_count(1)
