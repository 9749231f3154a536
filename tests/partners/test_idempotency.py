"""A request that is sent again has the effect of one."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from allocations.services import move_quantity
from common.actor import SYSTEM
from idempotency.models import StoredAnswer
from sales.models import Booking
from tests.factories import Counters, Stage
from tests.partners.conftest import Api, assert_problem
from tests.proofs import assert_reconciled, nothing_changed

Order = Callable[..., dict[str, Any]]


def test_the_answer_is_sent_again(stage: Stage, web: Api, order: Order) -> None:
    first = web.post("/bookings/", order(confirm=True), key="one")
    with nothing_changed():
        again = web.post("/bookings/", order(confirm=True), key="one")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Location"] == first.headers["Location"]


def test_spaces_and_order_in_the_body_do_not_matter(stage: Stage, web: Api) -> None:
    item, event = stage.items["Ticket"].pk, stage.event.pk
    web.post(
        "/bookings/",
        raw=b'{"event": %d, "lines": [{"item": %d, "quantity": 1}]}' % (event, item),
        key="one",
    )
    with nothing_changed():
        again = web.post(
            "/bookings/",
            raw=b'{"lines":[{"quantity":1,"item":%d}],"event":%d}' % (item, event),
            key="one",
        )
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("step", ["confirm", "extend", "cancel"])
def test_every_step_can_be_repeated(stage: Stage, web: Api, order: Order, step: str) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    body = {"reason": "left"} if step == "cancel" else {}
    first = web.post(f"/bookings/{booking}/{step}/", body, key="two")
    with nothing_changed():
        again = web.post(f"/bookings/{booking}/{step}/", body, key="two")
    assert first.status_code == 200
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"


def test_an_amendment_can_be_repeated(stage: Stage, web: Api, order: Order) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    body = {"lines": [{"item": stage.items["Ticket"].pk, "quantity": 1}]}
    first = web.patch(f"/bookings/{booking}/", body, key="two")
    with nothing_changed():
        again = web.patch(f"/bookings/{booking}/", body, key="two")
    assert again.content == first.content
    assert stage.counters() == Counters(100, 3, 0, 0)


def test_a_step_without_a_key_is_done_each_time(web: Api, order: Order) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    assert web.post(f"/bookings/{booking}/confirm/", key=None).status_code == 200
    with nothing_changed():
        refused = web.post(f"/bookings/{booking}/confirm/", key=None)
    assert_problem(refused, 409, "INVALID_STATE")


def test_a_key_is_for_one_request(stage: Stage, web: Api, order: Order) -> None:
    booking = web.post("/bookings/", order(), key="one").json()["id"]
    with nothing_changed():
        other_body = web.post("/bookings/", order(confirm=True), key="one")
        other_path = web.post(f"/bookings/{booking}/confirm/", key="one")
    for refused in (other_body, other_path):
        assert_problem(refused, 422, "IDEMPOTENCY_CONFLICT", "Idempotency-Key")


def test_two_channels_may_use_the_same_key(
    stage: Stage, web: Api, hotel: Api, order: Order
) -> None:
    stage.draw("hotel")
    with transaction.atomic():
        move_quantity(
            source=stage.row(), target=stage.open_row(), units=10, by=SYSTEM, reason="test"
        )
    first = web.post("/bookings/", order(), key="same")
    second = hotel.post("/bookings/", order(), key="same")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_refusal_is_not_kept(stage: Stage, web: Api, order: Order) -> None:
    asked = order()
    asked["lines"][0]["quantity"] = 101
    with nothing_changed():
        refused = web.post("/bookings/", asked, key="one")
    assert_problem(refused, 409, "SOLD_OUT", "lines[0].quantity")
    assert StoredAnswer.objects.count() == 0
    asked["lines"][0]["quantity"] = 100
    assert web.post("/bookings/", asked, key="one").status_code == 201


def test_a_booking_needs_a_key(web: Api, order: Order) -> None:
    with nothing_changed():
        refused = web.post("/bookings/", order(), key=None)
    assert_problem(refused, 400, "VALIDATION", "Idempotency-Key")


@pytest.mark.parametrize("key", ["x" * 201, " ", "\t", "\u00e9", "a\x00b", "a\x7fb", "\u200b"])
def test_a_key_is_short_and_printable(stage: Stage, web: Api, order: Order, key: str) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    with nothing_changed():
        refused = web.post("/bookings/", order(), key=key)
        step = web.post(f"/bookings/{booking}/confirm/", key=key)
    assert_problem(refused, 400, "VALIDATION", "Idempotency-Key")
    assert_problem(step, 400, "VALIDATION", "Idempotency-Key")


def test_the_longest_key_will_do(web: Api, order: Order) -> None:
    key = "x" * 200
    first = web.post("/bookings/", order(), key=key)
    assert web.post("/bookings/", order(), key=key).content == first.content


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_the_same_moment_is_one(
    stage: Stage, web: Api, order: Order
) -> None:
    barrier = threading.Barrier(4)
    answers: list[Any] = []

    def send() -> None:
        barrier.wait(10)
        answers.append(web.post("/bookings/", order(confirm=True), key="one"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    assert Booking.objects.count() == 1
    assert stage.counters() == Counters(100, 0, 2, 0)
    assert_reconciled()


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_first_has_not_ended_is_told_to_wait(
    stage: Stage, web: Api, order: Order, settings: Any
) -> None:
    """The first holds its key longer than anybody waits for it."""
    taken, done = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO idempotency_storedanswer (scope, key, fingerprint, body)"
                " VALUES (%s, 'one', 'f', '')",
                [f"channel:{stage.channels['web'].pk}"],
            )
            taken.set()
            done.wait(30)
            transaction.set_rollback(True)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert taken.wait(10)
    try:
        settings.LOCK_TIMEOUT_MS = 50
        with nothing_changed():
            refused = web.post("/bookings/", order(), key="one")
    finally:
        done.set()
        thread.join(30)
    assert_problem(refused, 409, "IDEMPOTENCY_IN_FLIGHT", "Idempotency-Key")
    assert refused.headers["Retry-After"] == "1"
    assert web.post("/bookings/", order(), key="one").status_code == 201
