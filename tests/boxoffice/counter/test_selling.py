"""A sale at the counter and its payment are one transaction."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from allocations.services import channel_row, move_quantity
from boxoffice.models import Payment, Shift
from common.actor import SYSTEM
from sales.models import Booking
from tests.boxoffice.counter.desks import Desk, assert_paid_whole, payments_of
from tests.factories import Counters, Stage, let_expire, make_channel, make_stage, make_venue
from tests.partners.conftest import assert_problem
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


def test_a_sale_at_once_is_paid_in_cash_with_change(open_desk: Desk, house: Stage) -> None:
    answer = open_desk.sell(2, {"kind": "CASH", "tendered": "50.00"})
    assert answer.status_code == 201
    body = answer.json()
    shift = open_desk.shift
    assert body["booking"]["status"] == "CONFIRMED"
    assert body["booking"]["total"] == "20.00"
    payment = body["payment"]
    assert (payment["amount"], payment["tendered"], payment["change"]) == (
        "20.00",
        "50.00",
        "30.00",
    )
    assert payment["receipt"] == f"T{shift}-1"
    assert payment["shift"] == shift.pk
    assert house.counters(channel="desk") == Counters(100, 0, 2, 0)
    assert_paid_whole()
    assert_reconciled()


def test_a_hold_is_confirmed_with_its_payment(open_desk: Desk, house: Stage) -> None:
    hold = house.hold((("Ticket", 3),), channel="desk")
    answer = open_desk.confirm(hold, {"kind": "UPI", "reference": "123456789012"})
    assert answer.status_code == 201
    booking = Booking.objects.get(pk=hold)
    assert answer.json()["booking"]["number"] == str(booking)
    assert booking.status == "CONFIRMED"
    assert payments_of(booking) == [("UPI", "1", "30.00")]
    assert house.counters(channel="desk") == Counters(100, 0, 3, 0)


def test_receipts_are_numbered_without_a_gap_also_after_a_refusal(open_desk: Desk) -> None:
    assert open_desk.sell(1).status_code == 201
    assert_problem(open_desk.sell(101, {"kind": "CARD"}), 409, "SOLD_OUT", "lines[0].quantity")
    assert_problem(
        open_desk.sell(1, {"kind": "CASH", "tendered": "9.99"}),
        400,
        "VALIDATION",
        "payment.tendered",
    )
    assert open_desk.sell(1).status_code == 201
    assert [payment.number for payment in Payment.objects.order_by("pk")] == [1, 2]
    assert open_desk.shift.receipts == 2


def test_without_an_open_till_nothing_is_sold(desk: Desk, house: Stage) -> None:
    hold = house.hold((("Ticket", 1),), channel="desk")
    with nothing_changed():
        assert_problem(desk.sell(), 409, "NO_OPEN_TILL", "channel")
        assert_problem(desk.confirm(hold), 409, "NO_OPEN_TILL", "channel")
    assert Payment.objects.count() == 0


def test_a_repetition_has_the_effect_of_one(open_desk: Desk, house: Stage) -> None:
    hold = house.hold((("Ticket", 1),), channel="desk")
    calls: list[Callable[[], Any]] = [
        lambda: open_desk.sell(1, key="sale"),
        lambda: open_desk.confirm(hold, key="hold"),
    ]
    for call in calls:
        first, second = call(), call()
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.json() == first.json()
        assert second.headers["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 2
    assert house.counters(channel="desk").sold == 2
    with nothing_changed():
        assert_problem(
            open_desk.sell(2, key="sale"), 422, "IDEMPOTENCY_CONFLICT", "Idempotency-Key"
        )
        assert_problem(open_desk.sell(2, key=None), 400, "VALIDATION", "Idempotency-Key")


def test_too_little_cash_is_refused_with_the_numbers(open_desk: Desk) -> None:
    with nothing_changed():
        answer = open_desk.sell(3, {"kind": "CASH", "tendered": "20.00"})
    problem = assert_problem(answer, 400, "VALIDATION", "payment.tendered")
    numbers = (problem["tendered"], problem["price"], problem["missing"])
    assert numbers == ("20.00", "30.00", "10.00")
    assert open_desk.shift.receipts == 0


def test_tickets_are_given_away_by_those_who_may_and_say_why(
    open_desk: Desk, manager: User, house: Stage
) -> None:
    gift = {"kind": "COMPLIMENTARY", "reason": "The band's family"}
    with nothing_changed():
        assert_problem(open_desk.sell(2, gift), 403, "FORBIDDEN", "payment.kind")
    boss = Desk(house, manager)
    boss.open()
    with nothing_changed():
        refusal = boss.sell(2, {"kind": "COMPLIMENTARY", "reason": " "})
        assert_problem(refusal, 400, "VALIDATION", "payment.reason")
    answer = boss.sell(2, gift)
    assert answer.status_code == 201
    assert answer.json()["payment"]["amount"] == "20.00"
    assert boss.get(f"/shifts/{boss.shift.pk}/").json()["expected"] == "50.00"


def test_what_is_on_account_is_owed_by_somebody(open_desk: Desk) -> None:
    with nothing_changed():
        refusal = open_desk.sell(1, {"kind": "ON_ACCOUNT"})
        assert_problem(refusal, 400, "VALIDATION", "payment.reference")
    owed = {"kind": "ON_ACCOUNT"}
    assert open_desk.sell(1, {**owed, "reference": "School of Pune"}).status_code == 201
    assert open_desk.sell(1, owed, contact={"full_name": "Asha Rao"}).status_code == 201
    assert open_desk.sell(1, owed, reference="ORDER-7").status_code == 201


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"payment": {"kind": "OUTSIDE"}}, ["payment.kind"]),
        ({"payment": {"kind": "CASH", "tendered": 20}}, ["payment.tendered"]),
        ({"payment": {"kind": "CASH", "tendered": "-20.00"}}, ["payment.tendered"]),
        ({"payment": {"kind": "CARD", "tendered": "20.00"}}, ["payment.tendered"]),
        ({"payment": {"kind": "CARD", "amount": "1.00"}}, ["payment.amount"]),
        ({"booking": "0199b1f5-3d6c-7e4a-8f00-5b1e2a3c4d5e"}, [""]),
        ({"lines": []}, ["lines"]),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(
    open_desk: Desk, change: dict[str, Any], fields: list[str]
) -> None:
    with nothing_changed():
        assert_problem(open_desk.sell(2, **change), 400, "VALIDATION", *fields)


def test_a_hold_that_has_ended_is_not_paid(open_desk: Desk, house: Stage) -> None:
    hold = house.hold((("Ticket", 1),), channel="desk")
    let_expire(hold)
    assert_problem(open_desk.confirm(hold), 409, "HOLD_EXPIRED")
    assert Payment.objects.count() == 0


def test_who_does_not_sell_here_sees_no_counter(house: Stage, clerk: User, open_desk: Desk) -> None:
    booking = str(Booking.objects.get(pk=house.hold(channel="desk")).uuid)
    clerk.venues.set([make_venue()])
    answers = [
        open_desk.sell(),
        open_desk.post(
            "/sales/",
            {"channel": house.channels["desk"].pk, "booking": booking, "payment": {"kind": "CARD"}},
        ),
        open_desk.open(),
        open_desk.get(f"/{house.channels['desk'].pk}/catalog/"),
    ]
    for answer in answers:
        assert_problem(answer, 404, "NOT_FOUND", "channel")
    assert_problem(open_desk.get(f"/shifts/{open_desk.shift.pk}/"), 404, "NOT_FOUND", "shift")


def test_whoever_is_signed_out_is_told_so(house: Stage, open_desk: Desk) -> None:
    open_desk.client.logout()
    assert_problem(open_desk.sell(), 401, "NOT_AUTHENTICATED")
    assert_problem(open_desk.get(f"/{open_desk.channel}/catalog/"), 401, "NOT_AUTHENTICATED")


def test_a_change_without_the_csrf_token_is_refused(open_desk: Desk, clerk: User) -> None:
    open_desk.client = Client(enforce_csrf_checks=True)
    open_desk.client.force_login(clerk)
    with nothing_changed():
        assert_problem(open_desk.sell(), 403, "FORBIDDEN")


def test_free_tickets_are_paid_with_nothing(open_desk: Desk, house: Stage) -> None:
    house.event.listings.update(price=0)
    answer = open_desk.sell(2, {"kind": "CASH"})
    assert (answer.status_code, answer.json()["payment"]["amount"]) == (201, "0.00")


def test_a_till_in_another_currency_is_refused(desk: Desk, house: Stage) -> None:
    # Of before anything had a price, when a venue may still change its currency.
    Shift.objects.create(
        channel=house.channels["desk"],
        terminal="Window 1",
        currency="EUR",
        opened_by=desk.user,
        opening_float=0,
    )
    problem = assert_problem(desk.sell(1), 400, "VALIDATION", "channel")
    assert "is in EUR, and the event in INR" in problem["detail"]
    assert Payment.objects.count() == 0


def test_a_transfer_is_asked_of_the_row_that_the_clerk_names(open_desk: Desk, house: Stage) -> None:
    elsewhere = make_stage(channels=("other",))
    with transaction.atomic():
        pool, event = house.pools["GA"], house.event
        web = channel_row(pool=pool, channel=make_channel(event.venue, "web"))
        own = house.row(channel="desk")
        move_quantity(source=own, target=web, units=30, by=SYSTEM, reason="test")
    body: dict[str, object] = {"channel": open_desk.channel, "event": event.pk, "pool": pool.pk}
    body |= {"units": 4, "reason": "A group"}
    with nothing_changed():
        foreign = open_desk.post(
            "/transfers/", body | {"source": elsewhere.row(channel="other").pk}
        )
        assert_problem(foreign, 404, "NOT_FOUND", "source")
    assert open_desk.post("/transfers/", body | {"source": web.pk}).json()["status"] == "EXECUTED"
    assert house.counters(channel="desk").quantity == 74
