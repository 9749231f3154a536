"""A till from its opening to its closing, and what the counter's screen begins with."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from boxoffice.models import Shift
from events.enums import EventStatus, ItemKind
from events.models import Event, Item
from tests.boxoffice.counter.desks import Desk, make_person
from tests.factories import Stage, make_event
from tests.partners.conftest import assert_problem
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def test_a_till_opens_with_a_float_and_closes_with_what_was_counted(desk: Desk) -> None:
    opened = desk.open("50.00")
    assert opened.status_code == 201
    body = opened.json()
    assert (body["opening_float"], body["expected"], body["counted"]) == ("50.00", "50.00", None)
    assert body["opened_by"] == {"id": desk.user.pk, "name": desk.user.name}
    desk.sell(2, {"kind": "CASH", "tendered": "100.00"})
    desk.sell(1, {"kind": "CARD"})
    closed = desk.close(desk.shift, "65.00", note="A note was torn.", pieces={"50": 1, "5": 3})
    assert closed.status_code == 200
    body = closed.json()
    assert (body["expected"], body["counted"], body["difference"]) == ("70.00", "65.00", "-5.00")
    assert body["closed_by"]["id"] == desk.user.pk
    shift = desk.shift
    assert (shift.counted_pieces, shift.note) == ({"50": 1, "5": 3}, "A note was torn.")
    assert [record.history_change_reason for record in shift.history.order_by("history_id")] == [
        "opened",
        "closed; over or short: -5 INR",
    ]


def test_a_second_till_of_a_person_at_a_counter_is_refused(open_desk: Desk) -> None:
    with nothing_changed():
        problem = assert_problem(open_desk.open(), 409, "TILL_OPEN", "channel")
    assert problem["shift"] == open_desk.shift.pk
    assert Shift.objects.count() == 1


def test_a_closed_till_is_closed_once_and_sells_no_more(open_desk: Desk) -> None:
    shift = open_desk.shift
    assert open_desk.close(shift, "50.00").status_code == 200
    assert_problem(open_desk.close(shift, "60.00"), 409, "INVALID_STATE")
    assert_problem(open_desk.sell(), 409, "NO_OPEN_TILL", "channel")
    shift.refresh_from_db()
    assert shift.counted == 50


def test_opening_and_closing_twice_under_one_key_has_the_effect_of_one(desk: Desk) -> None:
    body = {"channel": desk.channel, "terminal": "Window 1", "opening_float": "5.00"}
    assert desk.post("/shifts/", body, "open").json() == desk.post("/shifts/", body, "open").json()
    path = f"/shifts/{desk.shift.pk}/close/"
    first, second = (desk.post(path, {"counted": "5.00"}, "close") for _ in range(2))
    assert (first.status_code, second.json()) == (200, first.json())


def test_others_see_no_till_but_a_manager_closes_one_that_was_left_open(
    open_desk: Desk, house: Stage, manager: User
) -> None:
    shift = open_desk.shift
    colleague = Desk(house, make_person(house))
    assert_problem(colleague.close(shift, "50.00"), 404, "NOT_FOUND", "shift")
    assert_problem(colleague.get(f"/shifts/{shift.pk}/"), 404, "NOT_FOUND", "shift")
    answer = Desk(house, manager).close(shift, "50.00", note="Left open over night")
    assert answer.status_code == 200
    assert answer.json()["closed_by"]["id"] == manager.pk


@pytest.mark.parametrize("terminal", [" ", "Win\u200bdow", "", "x" * 101, 5])
def test_a_terminal_is_a_name_that_people_see(desk: Desk, terminal: object) -> None:
    assert_problem(desk.open(terminal=terminal), 400, "VALIDATION", "terminal")
    assert Shift.objects.count() == 0


@pytest.mark.parametrize(
    ("counted", "field"),
    [("-1.00", "counted"), (5, "counted"), ("1.005", "counted"), ("1e3", "counted")],
)
def test_what_was_counted_is_an_amount(open_desk: Desk, counted: object, field: str) -> None:
    shift = open_desk.shift
    answer = open_desk.post(f"/shifts/{shift.pk}/close/", {"counted": counted})
    assert_problem(answer, 400, "VALIDATION", field)
    assert Shift.objects.get(pk=shift.pk).is_open


@pytest.mark.parametrize(
    ("pieces", "field"),
    [
        ({"abc": 1}, "pieces"),
        ({"NaN": 1}, "pieces"),
        ({"25": 2}, "pieces"),
        ({"50": 1, "5": 1}, "counted"),
        ({"50": -1}, "pieces.50"),
        ({"50": "one"}, "pieces.50"),
        ([], "pieces"),
    ],
)
def test_pieces_are_of_the_currency_and_add_up(open_desk: Desk, pieces: object, field: str) -> None:
    with nothing_changed():
        answer = open_desk.close(open_desk.shift, "50.00", pieces=pieces)
        assert_problem(answer, 400, "VALIDATION", field)
    assert open_desk.shift.is_open


def test_the_catalog_is_what_the_counter_lists_now(open_desk: Desk, house: Stage) -> None:
    body = open_desk.get(f"/{open_desk.channel}/catalog/").json()
    assert body["channel"]["name"] == "desk"
    assert body["clerk"] == {
        "id": open_desk.user.pk,
        "name": open_desk.user.name,
        "may_refund": True,
        "may_give_away": False,
    }
    assert body["venue"]["currency"] == "INR"
    assert body["shift"]["id"] == open_desk.shift.pk
    [event] = body["events"]
    assert event["id"] == house.event.pk
    [item] = event["items"]
    assert (item["name"], item["price"], item["sellable"], item["why"]) == (
        "Ticket",
        "10.00",
        100,
        "",
    )
    assert (item["takes"], item["pricing"], item["min"]) == ("GA", None, 1)


def test_the_catalog_says_to_whom_a_upi_payment_goes(open_desk: Desk, house: Stage) -> None:
    path = f"/{open_desk.channel}/catalog/"
    assert open_desk.get(path).json()["venue"]["upi"] is None
    venue = house.event.venue
    venue.upi_address, venue.upi_name = "blue-hall@bank", "Blue Hall"
    venue.save()
    upi = open_desk.get(path).json()["venue"]["upi"]
    assert upi == {"vpa": "blue-hall@bank", "name": "Blue Hall"}


def test_same_day_items_are_there_on_the_day(open_desk: Desk, house: Stage) -> None:
    Item.objects.filter(pk=house.items["Ticket"].pk).update(kind=ItemKind.SAME_DAY)
    path = f"/{open_desk.channel}/catalog/"
    assert open_desk.get(path).json()["events"][0]["items"] == []
    Event.objects.filter(pk=house.event.pk).update(starts_at=timezone.now())
    assert len(open_desk.get(path).json()["events"][0]["items"]) == 1


def test_the_catalog_leaves_out_what_is_over_or_not_on_sale(open_desk: Desk, house: Stage) -> None:
    path = f"/{open_desk.channel}/catalog/"
    make_event(house.event.venue)  # the counter lists nothing of it
    assert [event["id"] for event in open_desk.get(path).json()["events"]] == [house.event.pk]
    row = Event.objects.filter(pk=house.event.pk)
    for change, shown in (
        ({"status": EventStatus.PAUSED}, 1),
        ({"status": EventStatus.CLOSED}, 0),
        ({"status": EventStatus.ON_SALE, "name": "Holi 2027"}, 1),
        ({"starts_at": datetime(2020, 1, 1, tzinfo=UTC)}, 0),
        ({"ends_at": timezone.now() + timedelta(hours=1)}, 1),
    ):
        row.update(**change)
        assert len(open_desk.get(path).json()["events"]) == shown
    assert len(open_desk.get(f"{path}?q=holi").json()["events"]) == 1
    assert open_desk.get(f"{path}?q=diwali").json()["events"] == []
    assert len(open_desk.get(f"{path}?event={house.event.pk}").json()["events"]) == 1
