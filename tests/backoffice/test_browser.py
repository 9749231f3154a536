"""A manager sets up an event by the screens alone, and no page breaks the admin's own policy."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from allocations.models import SalesChannel, Stock
from events.enums import EventStatus
from events.models import Event, Venue
from partners.selectors import authenticate
from tests.backoffice.addresses import objects_of, transfer_pages
from tests.backoffice.addresses import page as address
from tests.backoffice.conftest import person
from tests.factories import make_stage, make_user
from tests.proofs import assert_reconciled
from tests.screens import let_in, sign_in, sign_out, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(page: Page, live_server: LiveServer) -> Iterator[Page]:
    """The admin, signed in as a superuser. A violation of the policy fails the test."""
    user = make_user(is_staff=True, is_superuser=True)
    with signed_in(page, live_server.url, user) as screen:
        yield screen


def choose(screen: Page, field: str, text: str) -> None:
    """Search and take, as a person does in a box with a search."""
    screen.click(f"#select2-id_{field}-container")
    screen.fill(".select2-search__field", text)
    screen.click(f".select2-results__option:has-text('{text}')")


def save(screen: Page, text: str = "was added successfully") -> None:
    screen.click("button[name=_save]")
    expect(screen.locator("body")).to_contain_text(text)


def dialog(screen: Page, name: str, *, group: str = "", **values: str) -> None:
    if group:
        screen.get_by_role("button", name=group).click()
    # The banner above may offer the same; the menu stands after it.
    screen.get_by_role("link", name=re.compile(f"{name}$")).last.click()
    expect(screen.locator("#dialog")).to_be_visible()
    for field, value in values.items():
        place = screen.locator(f"#dialog_{field}")
        if place.evaluate("node => node.tagName") == "SELECT":
            place.select_option(label=value)
        else:
            place.fill(value)
    if screen.locator("#dialog_reason").count():
        screen.fill("#dialog_reason", "Season opening")
    screen.click("#dialog button[type=submit]")


def set_up_place(screen: Page, root: str) -> None:
    screen.goto(f"{root}/events/venue/add/")
    screen.fill("#id_name", "Blue Hall")
    screen.fill("#id_city", "Pune")
    save(screen)


def set_up_channels(screen: Page, root: str) -> None:
    screen.goto(f"{root}/events/series/add/")
    choose(screen, "venue", "Blue Hall")
    screen.fill("#id_name", "Nights")
    save(screen)
    screen.goto(f"{root}/allocations/saleschannel/add/")
    choose(screen, "venue", "Blue Hall")
    screen.fill("#id_name", "Website")
    screen.select_option("#id_place", "WEBSITE")
    save(screen)


def set_up_event(screen: Page, root: str) -> None:
    screen.goto(f"{root}/events/event/add/")
    screen.fill("#id_name", "Diwali Night")
    choose(screen, "venue", "Blue Hall")
    choose(screen, "series", "Nights")
    screen.fill("#id_starts_at_0", "2030-11-05")
    screen.fill("#id_starts_at_1", "19:00")
    save(screen)
    for name, capacity in (("General admission", "1000"), ("Car park", "300")):
        screen.locator("#tabs-items").get_by_text("Pools").click()
        screen.get_by_role("link", name="Add pool").click()
        screen.fill("#id_name", name)
        screen.fill("#id_first_capacity", capacity)
        save(screen)
    screen.locator("#tabs-items").get_by_text("Items").click()
    screen.get_by_role("link", name="Add item").click()
    screen.fill("#id_name", "GA + parking")
    screen.select_option("#id_kind", "BUNDLE")
    screen.select_option("#id_components-0-pool", label="General admission")
    screen.get_by_text("Add another Component").click()
    screen.select_option("#id_components-1-pool", label="Car park")
    save(screen)
    screen.locator("#tabs-items").get_by_text("Listings").click()
    screen.get_by_role("link", name="Add listing").click()
    screen.select_option("#id_item", label="GA + parking")
    screen.select_option("#id_channel", label="Website")
    screen.fill("#id_price", "1499")
    save(screen)


def test_an_event_is_set_up_from_nothing(screen: Page, live_server: LiveServer) -> None:
    """A superuser makes the venue and gives it to its manager, who does the rest."""
    root = f"{live_server.url}/admin"
    set_up_place(screen, root)
    manager = person(Role.VENUE_MANAGER)
    manager.venues.add(Venue.objects.get())
    sign_out(screen)
    sign_in(screen, live_server.url, manager)
    set_up_channels(screen, root)
    manager.channels.add(SalesChannel.objects.get(name="Website"))
    set_up_event(screen, root)
    for pool in ("General admission", "Car park"):
        screen.locator("#tabs-items").get_by_text("Pools").click()
        screen.get_by_role("link", name=pool).click()
        dialog(screen, "Allocate", group="Allocations", channel="Website", units="5000")
        expect(screen.locator("#dialog [role=alert]")).to_contain_text("5000 units were asked for")
        screen.fill("#dialog_units", "200")
        screen.click("#dialog button[type=submit]")
        expect(screen.locator("body")).to_contain_text(f"Website now has 200 of {pool}.")
        screen.get_by_role("link", name=re.compile("Diwali Night, 5 Nov")).click()
    dialog(screen, "Put on sale", group="Selling")
    expect(screen.locator("body")).to_contain_text("is on sale.")
    offer = "GA + parking – 1,499 INR, 200 can be sold"
    dialog(screen, "Sell tickets", group="Selling", listing=offer, tickets="2")
    expect(screen.locator("body")).to_contain_text("Sold: 2 × GA + parking.")
    screen.get_by_role("link", name="See the booking").click()
    expect(screen.locator("body")).to_contain_text("2,998 INR")
    screen.goto(f"{root}/partners/apikey/add/")
    screen.select_option("#id_channel", label="Website – Blue Hall")
    screen.fill("#id_name", "Web shop")
    screen.fill("#id_why", "The shop opens")
    screen.click("button[name=_save]")
    secret = screen.locator("#secret").input_value()

    event = Event.objects.get()
    assert event.status == EventStatus.ON_SALE
    assert event.starts_at.isoformat() == "2030-11-05T13:30:00+00:00"
    assert sorted(Stock.objects.values_list("quantity", flat=True)) == [100, 200, 200, 800]
    assert sorted(Stock.objects.values_list("sold", flat=True)) == [0, 0, 2, 2]
    key = authenticate(secret)
    assert key is not None
    assert key.channel.name == "Website"
    assert_reconciled()


def test_an_outsider_sees_nothing_of_another_venue_also_by_typing_addresses(
    page: Page, live_server: LiveServer
) -> None:
    own, other = make_stage(), make_stage()
    let_in(page, live_server.url, person(Role.VENUE_MANAGER, own))
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("body")).not_to_contain_text(other.event.name)
    # Asked for as the browser asks, and not drawn: what comes is read as a whole.
    typed = page.request
    for one in objects_of(other):
        listed = typed.get(live_server.url + address(type(one), "changelist"))
        assert other.event.name not in listed.text()
        for verb in ("change", "history"):
            answer = typed.get(live_server.url + address(one, verb))
            assert answer.status == 404, (one, verb)
    for path in (
        f"/admin/events/event/{other.event.pk}/timeline/",
        f"/admin/events/event/{other.event.pk}/sell/",
        f"/admin/allocations/saleschannel/map/?venue={other.event.venue_id}",
        f"/board/{other.event.pk}/",
        f"/admin/transfers/transfer/ask/{other.pools['GA'].pk}/",
        f"/admin/transfers/transfer/approval/{other.event.pk}/",
    ):
        answer = typed.get(live_server.url + path)
        assert answer.status == 404, path
        assert other.event.name not in answer.text()


SIZES: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1280, "light"), (390, "dark"))


def show(screen: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    screen.emulate_media(color_scheme=scheme)
    screen.set_viewport_size({"width": width, "height": 800})


def too_wide(screen: Page) -> list[int]:
    """The widths at which the page does not fit, on a desk and on a phone that is turned to it."""
    found = []
    for width, scheme in SIZES:
        show(screen, width, scheme)
        wider = screen.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found += [width] if wider > 0 else []
    return found


def test_every_page_fits_and_keeps_the_policy(screen: Page, live_server: LiveServer) -> None:
    """Loaded on a phone, as it was left there by the page before."""
    stage = make_stage(channels=("web", "MakeMyTrip partner desk, western region"))
    for one in objects_of(stage):
        for target, verb in ((type(one), "changelist"), (one, "change")):
            answer = screen.goto(live_server.url + address(target, verb))
            assert answer is not None
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert too_wide(screen) == [], (one, verb)
    for path in transfer_pages(stage):
        found = screen.goto(live_server.url + path)
        assert found is None or found.ok, path
        assert too_wide(screen) == [], path
    for width, scheme in SIZES:
        show(screen, width, scheme)
        screen.goto(live_server.url + address(stage.event, "change"))
        expect(screen.locator("#tabs-items > a", has_text="API keys")).to_be_visible()
        if width < 1024:
            screen.get_by_role("button", name="Actions").click()
        screen.get_by_role("button", name="Selling").click()
        screen.get_by_role("link", name=re.compile("Pause$")).click()
        expect(screen.locator("#dialog")).to_be_visible()
        box = screen.locator("#modal-content").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_the_path_above_a_page_names_its_object_in_full(
    screen: Page, live_server: LiveServer
) -> None:
    screen.set_viewport_size({"width": 1280, "height": 800})
    stage = make_stage()
    for one in (stage.pools["GA"], stage.event):
        screen.goto(live_server.url + address(one, "change"))
        parts = screen.locator("#header-inner h1 > a:visible")
        expect(parts).to_have_count(2)
        for part in parts.all():
            assert part.evaluate("node => node.scrollWidth <= node.clientWidth"), one


def test_whoever_may_only_look_opens_every_page_without_a_script_error(
    page: Page, live_server: LiveServer
) -> None:
    """``page`` fails on errors in scripts: none may count on fields that a page to read has not."""
    stage = make_stage(channels=("web", "agent"))
    objects = objects_of(stage)
    auditor = person(Role.AUDITOR, stage)
    called_off = make_stage(status=EventStatus.CANCELLED)
    auditor.venues.add(called_off.event.venue)
    opened = 0
    with signed_in(page, live_server.url, auditor) as screen:
        for one in [*objects, called_off.event]:
            answer = screen.goto(live_server.url + address(one, "change"))
            assert answer is not None
            opened += answer.ok
            assert answer.status in {200, 403}, one
    assert opened > 15
