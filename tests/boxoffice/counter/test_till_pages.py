"""The pages of tills: opened with a float, counted, closed, reported, overseen."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from boxoffice.models import Shift
from boxoffice.tills.report import difference_of, open_for
from common.actor import SYSTEM
from finlo_inventory.made.roles import views
from sales import services as sales
from sales.models import Booking
from tests.boxoffice.counter.desks import Desk, make_person
from tests.factories import Stage, make_user, make_venue
from tests.offline.selling import take_lease
from tests.proofs import execute

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def text_of(html: str) -> str:
    """What a person reads, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def client(clerk: User) -> Client:
    return browser_of(clerk)


def open_form(house: Stage, **terms: str) -> dict[str, Any]:
    return {
        "channel": house.channels["desk"].pk,
        "terminal": "Window 1",
        "opening_float": "500",
    } | terms


def test_a_till_is_opened_by_the_form(client: Client, house: Stage, clerk: User) -> None:
    assert "Open a till" in page(client, "/tills/")
    answer = client.post("/tills/", open_form(house, opening_float="1,500.50"))
    assert answer.headers["Location"] == "/tills/"
    shift = Shift.objects.get()
    assert (shift.opening_float, shift.opened_by, shift.currency) == (
        Decimal("1500.50"),
        clerk,
        "INR",
    )
    listed = page(client, "/tills/")
    assert f"/tills/{shift.pk}/close/" in listed
    assert "Open a till" not in listed  # there is no other counter
    again = client.post("/tills/", open_form(house))
    assert "Close it before you open another" in again.content.decode()
    assert Shift.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"opening_float": "-1"}, "greater than or equal to 0"),
        ({"opening_float": "1.005"}, "2 decimal places"),
        ({"opening_float": "a lot"}, "Enter a number"),
        ({"opening_float": "NaN"}, "Enter a number"),
        ({"terminal": " "}, "required"),
        ({"terminal": "Win\u200bdow"}, "U+200B"),
        ({"channel": "0"}, "valid choice"),
    ],
)
def test_what_cannot_open_a_till_is_said_at_its_field(
    client: Client, house: Stage, terms: dict[str, str], words: str
) -> None:
    answer = client.post("/tills/", open_form(house, **terms))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Shift.objects.count() == 0


def test_a_till_is_counted_by_its_notes_compared_and_closed(
    open_desk: Desk, client: Client
) -> None:
    open_desk.sell(2, {"kind": "CASH"})
    shift = open_desk.shift
    path = f"/tills/{shift.pk}/close/"
    first = page(client, path)
    assert 'name="piece_500"' in first
    assert "Should be there" not in first  # it is counted before it is compared
    counts = {"piece_50": "1", "piece_10": "1", "piece_5": "1", "note": "A tenner is missing"}
    compared = text_of(client.post(path, counts).content.decode())
    assert "Short 5 INR" in compared
    assert Shift.objects.get().is_open
    answer = client.post(path, counts | {"close": "1"})
    assert answer.headers["Location"] == f"/tills/{shift.pk}/"
    shift.refresh_from_db()
    assert (shift.counted, shift.counted_pieces) == (Decimal(65), {"50": 1, "10": 1, "5": 1})
    report = text_of(page(client, f"/tills/{shift.pk}/"))
    for words in (
        "Float 50",
        "Taken in cash 20",
        "Should be there 70 INR",
        "Counted 65 INR",
        "Short 5 INR",
        "1 × 50",
        "A tenner is missing",
    ):
        assert words in report
    # A second closing, from another tab, changes nothing.
    client.post(path, {"counted": "1", "close": "1"})
    assert Shift.objects.get().counted == 65


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "Count the cash. An empty till is 0."),
        ({"piece_50": "2", "counted": "90"}, "add up to 100 INR, and not to 90 INR"),
        ({"piece_50": "-1"}, "greater than or equal to 0"),
        ({"piece_50": "1.5"}, "whole number"),
        ({"counted": "9" * 20}, "digits"),
    ],
)
def test_a_count_that_cannot_be_closes_nothing(
    open_desk: Desk, client: Client, counts: dict[str, str], words: str
) -> None:
    answer = client.post(f"/tills/{open_desk.shift.pk}/close/", counts | {"close": "1"})
    assert words in answer.content.decode()
    assert open_desk.shift.is_open


def test_an_empty_till_is_counted_as_nothing(open_desk: Desk, client: Client) -> None:
    client.post(f"/tills/{open_desk.shift.pk}/close/", {"counted": "0", "close": "1"})
    assert open_desk.shift.counted == 0


def test_the_report_has_what_was_taken_by_kind_and_by_item(open_desk: Desk, client: Client) -> None:
    open_desk.sell(3, {"kind": "CASH"})
    booking = open_desk.sell(2, {"kind": "CARD"}).json()["booking"]["id"]
    body = {"channel": open_desk.channel, "booking": booking, "kind": "CARD", "reason": "ill"}
    open_desk.post("/refunds/", body | {"lines": [{"line": 1, "quantity": 1}]})
    report = text_of(page(client, f"/tills/{open_desk.shift.pk}/"))
    assert "Cash 1 30 30" in report
    assert "Card 2 20 −10 10" in report
    assert re.search(r"Ticket (Event \d+ \d+ \w+) \1 5 1 40", report)
    assert f"T{open_desk.shift}-3" in report


def test_the_report_says_what_another_door_gave_back_and_pays_nothing_for_it(
    open_desk: Desk, client: Client
) -> None:
    number = open_desk.sell(3, {"kind": "CASH"}).json()["booking"]["number"]
    path = f"/tills/{open_desk.shift.pk}/"
    assert "Given back or changed elsewhere" not in page(client, path)
    booking = Booking.objects.latest("pk")
    sales.cancel(booking.pk, by=SYSTEM, reason="ill", lines={1: 1})
    execute("SET CONSTRAINTS boxoffice_settle_changed IMMEDIATE")
    report = text_of(page(client, path))
    assert re.search(rf"Given back or changed elsewhere .* {number} .* Refund -10 INR", report)
    assert "Should be there 80 INR" in report


def test_receipts_that_a_terminal_still_has_are_said(open_desk: Desk, client: Client) -> None:
    lease = take_lease(open_desk.stage, (("Ticket", 5),), channel="desk")
    path = f"/tills/{open_desk.shift.pk}/"
    assert open_desk.sync(lease, (1, 4)).status_code == 200
    assert "2 receipts below" in text_of(page(client, path))
    open_desk.sync(lease, (2, 3))
    assert "receipts below" not in page(client, path)


def test_a_manager_sees_all_tills_and_a_clerk_his_own(
    open_desk: Desk, client: Client, house: Stage, manager: User
) -> None:
    shift = open_desk.shift
    colleague = browser_of(make_person(house))
    assert str(shift) not in page(colleague, "/tills/")
    for path in (f"/tills/{shift.pk}/", f"/tills/{shift.pk}/close/", "/tills/999999/"):
        page(colleague, path, 404)
    assert colleague.post(f"/tills/{shift.pk}/note/", {"note": "x"}).status_code == 404
    boss = browser_of(manager)
    assert open_desk.user.name in page(boss, "/tills/")
    boss.post(f"/tills/{shift.pk}/close/", {"counted": "50", "close": "1"})
    assert Shift.objects.get().closed_by == manager
    assert manager.name in page(client, f"/tills/{shift.pk}/")
    assert str(shift) in page(boss, "/tills/?state=closed")
    assert str(shift) not in page(boss, "/tills/?state=open")
    manager.venues.set([make_venue()])
    page(browser_of(manager), f"/tills/{shift.pk}/", 404)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
def test_who_only_looks_sees_all_tills_and_closes_none(
    open_desk: Desk, house: Stage, role: Role
) -> None:
    reader = browser_of(make_person(house, role))
    shift = open_desk.shift
    assert str(shift) in page(reader, "/tills/")
    report = page(reader, f"/tills/{shift.pk}/")
    assert "Count and close" not in report
    assert "Change the note" not in report
    reader.post(f"/tills/{shift.pk}/close/", {"counted": "50", "close": "1"})
    reader.post(f"/tills/{shift.pk}/note/", {"note": "x"})
    shift.refresh_from_db()
    assert (shift.is_open, shift.note) == (True, "")


@pytest.mark.parametrize(
    "role", [Role.VENUE_MANAGER, Role.BOX_OFFICE, Role.FINANCE, Role.PARTNER_MANAGER]
)
def test_the_page_of_roles_says_who_may_do_what_with_tills(
    open_desk: Desk, house: Stage, role: Role
) -> None:
    column = list(Role).index(role)
    said = {name: cells[column] == "yes" for name, cells in views()}
    own = Desk(house, make_person(house, role))
    opened = own.open()
    assert (opened.status_code == 201) is said["Tills · sell, and open one's own"]
    tills = page(own.client, "/tills/")
    assert ("Your role sees no tills" not in tills) is said["Tills · see"]
    if opened.status_code == 201:
        gift = own.sell(1, {"kind": "COMPLIMENTARY", "reason": "Sponsor"})
        assert (gift.status_code == 201) is said["Tills · give tickets away"]
    closed = own.client.post(f"/tills/{open_desk.shift.pk}/close/", {"counted": "50", "close": "1"})
    assert closed.status_code in {302, 404}
    assert open_desk.shift.is_open is not said["Tills · see and close those of others"]


def test_a_note_is_changed_and_its_history_stays(open_desk: Desk, client: Client) -> None:
    path = f"/tills/{open_desk.shift.pk}/"
    for note in ("The drawer jams.", "<b>Mended</b>"):
        client.post(f"{path}note/", {"note": note})
    report = page(client, path)
    assert "<b>Mended</b>" not in report
    assert "&lt;b&gt;Mended&lt;/b&gt;" in report
    assert "The drawer jams." in report  # in its history


def test_an_empty_house_says_what_to_do_next(db: None) -> None:
    venue = make_venue()
    manager = make_user(is_staff=True)
    manager.groups.add(Group.objects.get(name=Role.VENUE_MANAGER.value))
    manager.venues.add(venue)
    first = page(browser_of(manager), "/tills/")
    assert "You have no counter yet" in first
    assert "/admin/allocations/saleschannel/add/" in first
    clerk = make_user()
    clerk.groups.add(Group.objects.get(name=Role.BOX_OFFICE.value))
    clerk.venues.add(venue)
    assert "/admin/" not in page(browser_of(clerk), "/tills/").replace("/admin/logout/", "")
    assert "Your role sees no tills" in page(browser_of(make_user()), "/tills/")
    assert Client().get("/tills/").status_code == 302


def test_over_midnight_and_a_clock_change_a_till_is_open_for_real_hours(
    house: Stage, clerk: User
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    shift = Shift(
        channel=house.channels["desk"],
        opened_at=datetime(2026, 10, 24, 22, 0, tzinfo=zone),
        closed_at=datetime(2026, 10, 25, 6, 0, tzinfo=zone),
    )
    assert open_for(shift, timezone.now()) == "9 h 0 min"
    shift.closed_at = None
    assert open_for(shift, datetime(2026, 10, 24, 20, 59, tzinfo=UTC)) == "59 minutes"


def test_a_till_that_is_open_for_long_stands_out(open_desk: Desk, client: Client) -> None:
    assert "Open for long" not in page(client, "/tills/")
    shift = open_desk.shift
    late = Shift(
        channel=shift.channel,
        terminal="Window 2",
        currency="INR",
        opened_by=make_person(open_desk.stage),
        opened_at=timezone.now() - timedelta(hours=17),
        opening_float=0,
    )
    late.save()
    boss = browser_of(make_person(open_desk.stage, Role.VENUE_MANAGER))
    assert "Open for long" in page(boss, "/tills/")


def test_the_number_of_queries_does_not_grow(open_desk: Desk, house: Stage, manager: User) -> None:
    boss = browser_of(manager)
    shift = open_desk.shift
    counts = []
    for _ in range(2):
        open_desk.sell(1)
        numbers = []
        for path in ("/tills/", f"/tills/{shift.pk}/"):
            page(boss, path)
            with CaptureQueriesContext(connection) as queries:
                page(boss, path)
            numbers.append(len(queries))
        counts.append(numbers)
        for _more in range(3):
            Desk(house, make_person(house)).open()
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 22


def test_no_page_has_an_inline_style_or_script(open_desk: Desk, client: Client) -> None:
    shift = open_desk.shift
    for path in ("/tills/", f"/tills/{shift.pk}/", f"/tills/{shift.pk}/close/"):
        html = page(client, path)
        assert not re.search(r"\s(style|on\w+)=", html)
        assert not re.search(r"<script(?![^>]*src=)", html)


def test_what_is_counted_is_over_short_or_exact() -> None:
    levels: Iterator[str] = (
        difference_of(Decimal(counted), Decimal(50), "INR").level for counted in (49, 50, 51)
    )
    assert list(levels) == ["short", "exact", "over"]
