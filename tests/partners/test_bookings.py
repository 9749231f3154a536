"""What becomes of a booking over the API."""

from collections.abc import Callable
from typing import Any

from sales.models import Booking
from tests.factories import Counters, Stage, let_expire
from tests.partners.conftest import Api, assert_problem
from tests.proofs import assert_reconciled, nothing_changed

Order = Callable[..., dict[str, Any]]


def test_a_booking_is_held_until_it_is_confirmed(stage: Stage, web: Api, order: Order) -> None:
    made = web.post("/bookings/", order(reference="A-1", contact={"full_name": "Asha Rao"}))
    assert made.status_code == 201
    held = made.json()
    assert held["status"] == "ON_HOLD"
    assert held["number"] == str(Booking.objects.get())
    assert held["utc_expires_at"] is not None
    assert held["total"] == "20.00"
    assert made.headers["Location"] == f"/api/v1/bookings/{held['id']}/"
    assert stage.counters() == Counters(100, 2, 0, 0)

    done = web.post(f"/bookings/{held['id']}/confirm/", {"reference": "A-2"})
    assert done.status_code == 200
    assert done.json()["status"] == "CONFIRMED"
    assert done.json()["reference"] == "A-2"
    assert done.json()["contact"] == {"full_name": "Asha Rao"}
    assert stage.counters() == Counters(100, 0, 2, 0)
    assert web.get(f"/bookings/{held['id']}/").json() == done.json()
    assert_reconciled()


def test_a_booking_is_found_by_its_short_number_by_its_own_channel(
    web: Api, hotel: Api, order: Order
) -> None:
    held = web.post("/bookings/", order()).json()
    web.post("/bookings/", order())
    typed = held["number"].replace("-", "").lower()
    assert web.get(f"/bookings/?number={typed}").json()["results"] == [held]
    assert hotel.get(f"/bookings/?number={typed}").json()["results"] == []
    assert_problem(web.get("/bookings/?number=0000-0001"), 400, "VALIDATION", "number")


def test_tickets_are_sold_at_once(stage: Stage, web: Api, order: Order) -> None:
    made = web.post("/bookings/", order(confirm=True))
    assert (made.status_code, made.json()["status"]) == (201, "CONFIRMED")
    assert made.json()["utc_expires_at"] is None
    assert stage.counters() == Counters(100, 0, 2, 0)


def test_a_hold_is_extended(web: Api, order: Order) -> None:
    held = web.post("/bookings/", order(expires_in_seconds=60)).json()
    longer = web.post(f"/bookings/{held['id']}/extend/", {"expires_in_seconds": 1800})
    assert longer.status_code == 200
    assert longer.json()["utc_expires_at"] > held["utc_expires_at"]


def test_a_step_needs_no_body(web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    assert web.send("POST", f"/bookings/{held['id']}/extend/", raw=b"").status_code == 200
    assert web.send("POST", f"/bookings/{held['id']}/confirm/", raw=b"").status_code == 200


def test_a_hold_is_released(stage: Stage, web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    ended = web.post(f"/bookings/{held['id']}/cancel/", {"reason": "left"})
    assert (ended.status_code, ended.json()["status"]) == (200, "CANCELLED")
    assert ended.json()["end_reason"] == "left"
    assert stage.counters() == Counters(100, 0, 0, 0)


def test_a_sale_is_refunded_in_part_and_then_whole(stage: Stage, web: Api, order: Order) -> None:
    sold = web.post("/bookings/", order(confirm=True)).json()
    one = {"reason": "one is ill", "lines": [{"line": 1, "quantity": 1}]}
    part = web.post(f"/bookings/{sold['id']}/cancel/", one).json()
    assert (part["status"], part["lines"][0]["refunded"], part["total"]) == (
        "CONFIRMED",
        1,
        "10.00",
    )
    whole = web.post(f"/bookings/{sold['id']}/cancel/", {"reason": "so is the other"}).json()
    assert (whole["status"], whole["lines"][0]["refunded"]) == ("CANCELLED", 2)
    assert stage.counters() == Counters(100, 0, 0, 0)
    assert_reconciled()


def test_a_booking_is_amended(stage: Stage, web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    item = stage.items["Ticket"].pk
    body = {
        "lines": [{"line": 1, "quantity": 5}, {"item": item, "quantity": 1}],
        "reference": "B-7",
        "contact": {"email_address": "asha@example.com"},
    }
    changed = web.patch(f"/bookings/{held['id']}/", body)
    assert changed.status_code == 200
    assert [line["quantity"] for line in changed.json()["lines"]] == [5, 1]
    assert changed.json()["reference"] == "B-7"
    assert stage.counters() == Counters(100, 6, 0, 0)
    assert_reconciled()


def test_a_line_that_cannot_grow_is_named(stage: Stage, web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    with nothing_changed():
        refused = web.patch(f"/bookings/{held['id']}/", {"lines": [{"line": 1, "quantity": 200}]})
    problem = assert_problem(refused, 409, "SOLD_OUT", "lines[0].quantity")
    assert (problem["asked"], problem["sellable"], problem["limited_by"]) == (198, 98, "stock")


def test_more_than_there_is_is_refused_with_the_numbers(web: Api, order: Order) -> None:
    asked = order()
    asked["lines"][0]["quantity"] = 101
    with nothing_changed():
        refused = web.post("/bookings/", asked)
    problem = assert_problem(refused, 409, "SOLD_OUT", "lines[0].quantity")
    assert (problem["asked"], problem["sellable"], problem["limited_by"]) == (101, 100, "stock")
    assert problem["type"] == "/api/v1/problems/SOLD_OUT/"
    assert problem["title"] == "Not enough tickets"


def test_an_expired_hold_cannot_be_confirmed(web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    let_expire(Booking.objects.get().pk)
    with nothing_changed():
        refused = web.post(f"/bookings/{held['id']}/confirm/")
    assert_problem(refused, 409, "HOLD_EXPIRED")


def test_a_booking_that_has_ended_cannot_be_confirmed(web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    web.post(f"/bookings/{held['id']}/cancel/", {"reason": "left"})
    with nothing_changed():
        refused = web.post(f"/bookings/{held['id']}/confirm/")
    problem = assert_problem(refused, 409, "INVALID_STATE")
    assert problem["booking_status"] == "CANCELLED"


def test_a_cancellation_says_why(web: Api, order: Order) -> None:
    held = web.post("/bookings/", order()).json()
    with nothing_changed():
        assert_problem(web.post(f"/bookings/{held['id']}/cancel/"), 400, "VALIDATION", "reason")
        twice = {"reason": "x", "lines": [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}]}
        refused = web.post(f"/bookings/{held['id']}/cancel/", twice)
    assert_problem(refused, 400, "VALIDATION", "lines[1].line")
