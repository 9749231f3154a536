"""What is given back and changed at a counter, and what other doors change of what was paid there."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from boxoffice.models import Payment
from common.actor import SYSTEM
from events.models import Event
from sales import services as sales
from sales.cancellation import cancel_event
from sales.cancellation_worker import settle
from sales.enums import Fate
from sales.erasure import erase_contacts
from sales.models import Booking
from sales.orders import LineChange
from tests.boxoffice.counter.desks import CASH, Desk, assert_paid_whole, make_person, payments_of
from tests.factories import Counters, Stage, id_of
from tests.offline.selling import give_back, report, take_lease
from tests.partners.conftest import assert_problem
from tests.proofs import assert_reconciled, execute, nothing_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(open_desk: Desk) -> Booking:
    """Three tickets for 30.00, paid in cash under the first receipt."""
    open_desk.sell(3)
    return Booking.objects.latest("pk")


def refund(desk: Desk, booking: Booking, kind: str = "CASH", key: str = "", **terms: Any) -> Any:
    body = {"channel": desk.channel, "booking": str(booking.uuid), "reason": "ill", "kind": kind}
    return desk.post("/refunds/", body | terms, key)


def change(desk: Desk, booking: Booking, payment: object, **terms: Any) -> Any:
    body = {"channel": desk.channel, "booking": str(booking.uuid), "payment": payment}
    return desk.post("/changes/", body | terms)


def at_commit() -> None:
    """What the database does at commit is done now."""
    execute("SET CONSTRAINTS boxoffice_settle_added, boxoffice_settle_changed IMMEDIATE")
    execute("SET CONSTRAINTS boxoffice_settle_added, boxoffice_settle_changed DEFERRED")


def test_a_refund_is_paid_out_of_the_till(open_desk: Desk, sold: Booking, house: Stage) -> None:
    part = refund(open_desk, sold, lines=[{"line": 1, "quantity": 1}])
    assert part.status_code == 201
    assert part.json()["payment"] | {"id": 0, "utc_taken_at": ""} == {
        "id": 0,
        "receipt": f"T{open_desk.shift}-2",
        "step": "REFUND",
        "kind": "CASH",
        "amount": "-10.00",
        "tendered": None,
        "change": None,
        "reference": "",
        "reason": "ill",
        "utc_taken_at": "",
        "shift": open_desk.shift.pk,
    }
    assert refund(open_desk, sold, "CARD").json()["booking"]["status"] == "CANCELLED"
    assert payments_of(sold) == [
        ("CASH", "1", "30.00"),
        ("CASH", "2", "-10.00"),
        ("CARD", "3", "-20.00"),
    ]
    assert open_desk.get(f"/shifts/{open_desk.shift.pk}/").json()["expected"] == "70.00"
    assert house.counters(channel="desk") == Counters(100, 0, 0, 0)
    at_commit()
    assert_paid_whole()
    assert_reconciled()


def test_a_refund_under_one_key_is_paid_once(open_desk: Desk, sold: Booking) -> None:
    one = [{"line": 1, "quantity": 1}]
    first, second = (refund(open_desk, sold, key="back", lines=one) for _ in range(2))
    assert second.json() == first.json()
    assert len(payments_of(sold)) == 2


def test_what_was_given_away_is_not_given_back_in_money(house: Stage, manager: User) -> None:
    boss = Desk(house, manager)
    boss.open()
    boss.sell(2, {"kind": "COMPLIMENTARY", "reason": "Sponsor"})
    booking = Booking.objects.latest("pk")
    with nothing_changed():
        problem = assert_problem(refund(boss, booking), 409, "NOT_PAID", "kind")
    assert (problem["paid"], problem["asked"]) == ("0.00", "20.00")
    assert refund(boss, booking, "COMPLIMENTARY").status_code == 201
    assert boss.get(f"/shifts/{boss.shift.pk}/").json()["expected"] == "50.00"


def test_what_was_not_paid_at_a_counter_is_not_refunded_there(
    open_desk: Desk, house: Stage
) -> None:
    booking = Booking.objects.get(pk=id_of(house.sell(channel="desk")))
    with nothing_changed():
        assert_problem(refund(open_desk, booking), 409, "NOT_PAID", "booking")
        assert_problem(
            change(open_desk, booking, CASH, lines=[{"line": 1, "quantity": 2}]),
            409,
            "NOT_PAID",
            "booking",
        )


def test_a_refund_needs_an_open_till_and_a_confirmed_booking(
    open_desk: Desk, sold: Booking, house: Stage
) -> None:
    hold = Booking.objects.get(pk=house.hold(channel="desk"))
    assert_problem(refund(open_desk, hold), 409, "INVALID_STATE")
    for lines in ([{"line": 1, "quantity": 4}], [{"line": 2, "quantity": 1}]):
        assert_problem(refund(open_desk, sold, lines=lines), 400, "VALIDATION", "lines")
    twice = [{"line": 1, "quantity": 1}] * 2
    assert_problem(refund(open_desk, sold, lines=twice), 400, "VALIDATION", "")
    open_desk.close(open_desk.shift, "80.00")
    with nothing_changed():
        assert_problem(refund(open_desk, sold), 409, "NO_OPEN_TILL", "channel")


def test_a_change_is_paid_by_its_difference(open_desk: Desk, sold: Booking, house: Stage) -> None:
    item = house.items["Ticket"].pk
    more = change(open_desk, sold, {"kind": "CARD"}, add=[{"item": item, "quantity": 2}])
    assert (more.status_code, more.json()["payment"]["amount"]) == (201, "20.00")
    fewer = change(open_desk, sold, {"kind": "CASH"}, lines=[{"line": 1, "quantity": 1}])
    payment = fewer.json()["payment"]
    assert (payment["amount"], payment["step"], payment["reason"]) == (
        "-20.00",
        "CHANGE",
        "Changed at the counter",
    )
    swap = change(
        open_desk,
        sold,
        {"kind": "CASH"},
        lines=[{"line": 1, "quantity": 0}],
        add=[{"item": item, "quantity": 1}],
    )
    assert swap.json()["payment"]["amount"] == "0.00"
    at_commit()
    assert [kind for kind, _receipt, _amount in payments_of(sold)] == [
        "CASH",
        "CARD",
        "CASH",
        "CASH",
    ]
    assert_paid_whole()
    assert_reconciled()


def test_a_change_that_cannot_be_done_is_refused(open_desk: Desk, sold: Booking) -> None:
    with nothing_changed():
        none = change(open_desk, sold, CASH, lines=[{"line": 1, "quantity": 0}])
        assert_problem(none, 409, "INVALID_STATE")
        assert_problem(change(open_desk, sold, CASH), 400, "VALIDATION", "")
        little = {"kind": "CASH", "tendered": "5.00"}
        more = change(open_desk, sold, little, lines=[{"line": 1, "quantity": 4}])
        assert_problem(more, 400, "VALIDATION", "payment.tendered")
    assert open_desk.shift.receipts == 1


# --- Other doors -------------------------------------------------------------------------


def refunded_by_the_back_office(booking: Booking) -> None:
    sales.cancel(booking.pk, by=SYSTEM, reason="ill", lines={1: 1})


def amended_by_the_api(booking: Booking) -> None:
    sales.amend(booking.pk, by=SYSTEM, changes=[LineChange(1, 2)])


def cancelled_with_its_event(booking: Booking) -> None:
    cancellation = cancel_event(
        event_id=booking.event_id,
        fates={booking.channel_id: Fate.REFUND},
        by=SYSTEM,
        reason="rain",
    )
    settle(cancellation.pk)


@pytest.mark.parametrize(
    ("door", "amount"),
    [
        (refunded_by_the_back_office, "-10.00"),
        (amended_by_the_api, "-10.00"),
        (cancelled_with_its_event, "-30.00"),
    ],
)
def test_what_another_door_gives_back_moves_no_till(
    open_desk: Desk, sold: Booking, door: Any, amount: str
) -> None:
    door(sold)
    at_commit()
    assert payments_of(sold) == [("CASH", "1", "30.00"), ("OUTSIDE", "", amount)]
    assert open_desk.get(f"/shifts/{open_desk.shift.pk}/").json()["expected"] == "80.00"
    assert_paid_whole()


def test_what_another_door_adds_is_noted_too(open_desk: Desk, sold: Booking, house: Stage) -> None:
    order = house.order((("Ticket", 1),), channel="desk")
    sales.amend(sold.pk, by=SYSTEM, additions=order.lines)
    at_commit()
    assert payments_of(sold) == [("CASH", "1", "30.00"), ("OUTSIDE", "", "10.00")]
    problem = assert_problem(refund(open_desk, sold), 409, "NOT_PAID", "kind")
    assert (problem["paid"], problem["asked"]) == ("30.00", "40.00")
    assert refund(open_desk, sold, lines=[{"line": 1, "quantity": 3}]).status_code == 201
    at_commit()
    assert_paid_whole()


def test_a_booking_that_nobody_paid_here_gets_no_payment(house: Stage) -> None:
    booking = Booking.objects.get(pk=id_of(house.sell((("Ticket", 2),), channel="desk")))
    sales.cancel(booking.pk, by=SYSTEM, reason="ill", lines={1: 1})
    at_commit()
    assert Payment.objects.count() == 0


# --- Found again, and printed -------------------------------------------------------------


def find(desk: Desk, text: str) -> list[str]:
    answer = desk.post("/bookings/find/", {"channel": desk.channel, "q": text}, key=None)
    assert answer.status_code == 200
    return [match["booking"]["number"] for match in answer.json()["results"]]


def test_a_booking_is_found_by_what_a_buyer_says(open_desk: Desk, house: Stage) -> None:
    open_desk.sell(1, contact={"full_name": "Asha Rao"}, reference="ORDER-77")
    booking = Booking.objects.latest("pk")
    receipt = f"{Payment.objects.get().receipt}"
    for text in (str(booking), receipt, receipt.lower(), "ORDER-7", "asha", " Asha  Rao "):
        assert find(open_desk, text) == [str(booking)]
    for text in ("nobody", "%", "T0000-0000-1", " "):
        assert find(open_desk, text) == []
    open_desk.sell(1, {"kind": "ON_ACCOUNT", "reference": "Tata Motors"})
    assert find(open_desk, "tata") == [str(Booking.objects.latest("pk"))]
    house.sell(channel="desk", reference="ORDER-78")
    assert find(open_desk, "ORDER-7") == [str(Booking.objects.latest("pk")), str(booking)]


def test_erased_contacts_are_in_no_stored_answer(open_desk: Desk) -> None:
    call: dict[str, Any] = {"contact": {"full_name": "Asha Rao"}, "key": "sale"}
    open_desk.sell(1, **call)
    booking = Booking.objects.latest("pk")
    erase_contacts(booking_ids=[booking.pk], by=SYSTEM, reason="asked")
    again = open_desk.sell(1, **call)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["booking"]["contact"] is None


def test_a_receipt_has_what_was_paid_and_a_ticket_for_each(open_desk: Desk, sold: Booking) -> None:
    payment = Payment.objects.get()
    page = open_desk.get(f"/receipts/{payment.pk}/").content.decode()
    assert page.count('class="slip ticket"') == 3
    assert page.count('class="qr"') == 3
    for text in (payment.receipt, str(sold), "30 INR", "100", "70"):
        assert text in page
    assert "Copy" not in page
    printed = open_desk.post(f"/receipts/{payment.pk}/printings/", {}, key=None)
    assert printed.status_code == 201
    copy = open_desk.get(f"/receipts/{payment.pk}/").content.decode()
    assert "Copy. First printed" in copy
    back = refund(open_desk, sold).json()["payment"]["id"]
    page = open_desk.get(f"/receipts/{back}/").content.decode()
    assert (page.count('class="slip ticket"'), "Given back" in page) == (0, True)


def test_anothers_receipt_and_none_at_all_look_alike(
    open_desk: Desk, sold: Booking, house: Stage
) -> None:
    payment = Payment.objects.get()
    elsewhere = make_person(house, Role.BOX_OFFICE)
    elsewhere.venues.clear()
    stranger = Desk(house, elsewhere)
    for path in (f"/receipts/{payment.pk}/", "/receipts/999999/", f"/receipts/{10**30}/"):
        assert stranger.get(path).status_code == 404
    assert_problem(
        stranger.post(f"/receipts/{payment.pk}/printings/", {}, None), 404, "NOT_FOUND", "payment"
    )
    stranger.client.logout()
    assert stranger.get(f"/receipts/{payment.pk}/").status_code == 302


def test_hostile_names_are_text_on_a_receipt(open_desk: Desk, sold: Booking) -> None:
    Event.objects.filter(pk=sold.event_id).update(name="<script>alert(1)</script>")
    page = open_desk.get(f"/receipts/{Payment.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "style=" not in page


def test_the_back_office_says_that_it_was_paid_at_a_counter(
    sold: Booking, manager: User, house: Stage
) -> None:
    client = Client()
    client.force_login(manager)
    page = client.get(f"/admin/sales/booking/{sold.pk}/change/").content.decode()
    assert f"Cash 30 INR · {Payment.objects.get().receipt}" in page
    dialog = client.post(
        f"/admin/sales/booking/{sold.pk}/refund/", {"line_1": "1", "preview": "1"}
    ).content.decode()
    assert "no till pays this refund" in dialog
    other = id_of(house.sell(channel="desk"))
    assert (
        "Paid at a counter"
        not in client.get(f"/admin/sales/booking/{other}/change/").content.decode()
    )


def test_a_ticket_that_comes_back_by_a_sync_moves_no_till(open_desk: Desk, house: Stage) -> None:
    lease = take_lease(house, (("Ticket", 5),), channel="desk")
    assert open_desk.sync(lease, [1]).status_code == 200
    sale = open_desk.sold_offline(lease, 1)["client_id"]
    booking = Booking.objects.get()
    (result,) = report(house, returns=[give_back("back-1", sale)], lease=lease, channel="desk")
    assert result["outcome"] == "ACCEPTED"
    at_commit()
    assert payments_of(booking) == [("CASH", "1", "10.00"), ("OUTSIDE", "", "-10.00")]
    assert open_desk.get(f"/shifts/{open_desk.shift.pk}/").json()["expected"] == "60.00"
    assert_paid_whole()
