"""What was sold at a counter without a network: booked, and its money noted, once and for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from boxoffice.models import Payment, PaymentLine
from common.actor import SYSTEM
from common.spoken_number import spoken
from offline import resolving
from offline.models import Conflict, Report
from sales import services as sales
from sales.models import Block, Booking
from tests.boxoffice.counter.desks import (
    Desk,
    assert_paid_whole,
    make_desk,
    make_person,
    payments_of,
)
from tests.factories import Counters, Stage
from tests.offline.selling import take_lease
from tests.partners.conftest import assert_problem
from tests.proofs import assert_reconciled, execute, nothing_changed, violates

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(house: Stage) -> Block:
    """Five of a hundred tickets."""
    return take_lease(house, (("Ticket", 5),), channel="desk")


def sold(desk: Desk, lease: Block, number: int, tickets: int = 1, **terms: Any) -> dict[str, Any]:
    return desk.sold_offline(lease, number, tickets) | terms


def send(desk: Desk, lease: Block, sales: Sequence[object], key: str = "", **terms: Any) -> Any:
    body = {"lease": str(lease.uuid), "sales": sales, "returns": []} | terms
    return desk.post(f"/{desk.channel}/sync/", body, key)


def test_what_was_sold_offline_is_booked_and_paid(
    open_desk: Desk, lease: Block, house: Stage
) -> None:
    sent = [sold(open_desk, lease, n) for n in (1, 2)]
    answer = send(open_desk, lease, sent)
    assert answer.status_code == 200
    first, second = answer.json()["results"]
    assert (first["result"], second["result"]) == ("ACCEPTED", "ACCEPTED")
    payment = first["payment"]
    assert (payment["receipt"], payment["amount"], payment["change"], payment["shift"]) == (
        f"{spoken(lease.pk)}-1",
        "10.00",
        "40.00",
        open_desk.shift.pk,
    )
    # By the terminal's clock, where that can be.
    sales = [datetime.fromisoformat(sale["utc_sold_at"]) for sale in sent]
    assert list(Payment.objects.order_by("pk").values_list("taken_at", flat=True)) == sales
    assert open_desk.get(f"/shifts/{open_desk.shift.pk}/").json()["expected"] == "70.00"
    assert house.counters(channel="desk") == Counters(100, 3, 2, 0)
    assert_paid_whole()
    assert_reconciled()


def test_sent_again_it_counts_once(open_desk: Desk, lease: Block) -> None:
    sales = [sold(open_desk, lease, n) for n in (1, 2)]
    first = send(open_desk, lease, sales, "sync")
    same = send(open_desk, lease, sales, "sync")
    assert same.json() == first.json()
    assert same.headers["Idempotency-Replayed"] == "true"
    again = send(open_desk, lease, [*sales, sold(open_desk, lease, 3)]).json()["results"]
    assert [result["result"] for result in again] == ["DUPLICATE", "DUPLICATE", "ACCEPTED"]
    assert again[0]["payment"] == first.json()["results"][0]["payment"]
    assert Payment.objects.count() == 3


def test_more_sales_take_no_more_statements(open_desk: Desk, lease: Block) -> None:
    counts = []
    send(open_desk, lease, [sold(open_desk, lease, 1)])  # what is read once is read by now
    for numbers in ((2,), (3, 4, 5)):
        sales = [sold(open_desk, lease, n) for n in numbers]
        with CaptureQueriesContext(connection) as captured:
            send(open_desk, lease, sales)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_conflict_keeps_its_payment_and_gives_it_to_the_booking_of_later(
    open_desk: Desk, lease: Block, house: Stage
) -> None:
    house.sell((("Ticket", 95),), channel="desk")
    answer = send(open_desk, lease, [sold(open_desk, lease, 1, 7)])
    [result] = answer.json()["results"]
    assert (result["result"], result["payment"]["amount"]) == ("CONFLICT", "70.00")
    payment = Payment.objects.get()
    assert payment.booking is None
    assert open_desk.get(f"/shifts/{open_desk.shift.pk}/").json()["expected"] == "120.00"
    first = Booking.objects.get(lines__quantity=95)
    sales.cancel(first.pk, by=SYSTEM, reason="ill", lines={1: 10})
    resolving.book(Conflict.objects.get().pk, by=SYSTEM, reason="room again")
    execute("SET CONSTRAINTS boxoffice_booked_later IMMEDIATE")
    assert payments_of(Booking.objects.latest("pk")) == [("CASH", "1", "70.00")]
    assert_paid_whole()
    assert_reconciled()


def test_what_comes_after_the_till_was_closed_is_late_and_changes_no_count(
    open_desk: Desk, lease: Block
) -> None:
    shift = open_desk.shift
    assert open_desk.close(shift, "60.00").status_code == 200
    [result] = send(open_desk, lease, [sold(open_desk, lease, 1)]).json()["results"]
    assert result["payment"]["shift"] == shift.pk
    body = open_desk.get(f"/shifts/{shift.pk}/").json()
    assert (body["expected"], body["counted"], body["difference"]) == ("50.00", "60.00", "10.00")
    assert body["late_cash"] == "10.00"


@pytest.mark.parametrize(
    "receipt",
    [None, "", "T0000-0000-1", "{lease}-0", "{lease}-x", "{lease}-1", "<b>" * 40, "a\x00b"],
)
def test_a_receipt_that_cannot_be_is_replaced_and_its_money_kept(
    open_desk: Desk, lease: Block, receipt: str | None
) -> None:
    send(open_desk, lease, [sold(open_desk, lease, 1)])
    odd = sold(open_desk, lease, 9, client_id="odd")
    if receipt is None:
        del odd["receipt"]
    else:
        odd["receipt"] = receipt.format(lease=spoken(lease.pk))
    [result] = send(open_desk, lease, [odd]).json()["results"]
    report = Report.objects.get(client_id="odd")
    assert result["payment"]["receipt"] == f"R{spoken(report.pk)}"
    assert_paid_whole()


@pytest.mark.parametrize(
    "said", ["2001-01-01T00:00:00Z", "2077-01-01T00:00:00Z", "yesterday", None, 5]
)
def test_a_wrong_clock_makes_no_payment_wrong(open_desk: Desk, lease: Block, said: object) -> None:
    before = timezone.now() - timedelta(seconds=5)
    [result] = send(open_desk, lease, [sold(open_desk, lease, 1, utc_sold_at=said)]).json()[
        "results"
    ]
    assert result["result"] == "ACCEPTED"
    assert Payment.objects.get().taken_at > before


def test_odd_payments_are_kept_as_money_that_was_taken(open_desk: Desk, lease: Block) -> None:
    payments = [
        {"kind": "CASH", "tendered": "1.00"},
        {"kind": "CASH"},
        {"kind": "COMPLIMENTARY"},
        {"kind": "ON_ACCOUNT"},
    ]
    sales = [sold(open_desk, lease, n, payment=payment) for n, payment in enumerate(payments, 1)]
    results = send(open_desk, lease, sales).json()["results"]
    assert [result["payment"]["amount"] for result in results] == ["10.00"] * 4
    assert results[0]["payment"]["tendered"] == "10.00"
    assert results[2]["payment"]["reason"] == "Given away offline"


def test_what_cannot_be_read_is_kept_and_holds_up_no_other(open_desk: Desk, lease: Block) -> None:
    bad = sold(open_desk, lease, 1, payment={"kind": "COWRIES"})
    unknown = sold(open_desk, lease, 2)
    unknown["lines"] = [{"item": 10**9, "quantity": 1, "unit_price": "10.00"}]
    results = send(open_desk, lease, [bad, unknown, sold(open_desk, lease, 3)]).json()["results"]
    assert [result["result"] for result in results] == ["UNREADABLE", "UNREADABLE", "ACCEPTED"]
    assert [result["payment"] and result["payment"]["amount"] for result in results] == [
        None,
        "10.00",
        "10.00",
    ]
    said = Report.objects.get(client_id=bad["client_id"]).said
    assert said["payment"] == {"kind": "COWRIES"}


def test_who_never_had_a_till_keeps_the_sales_on_the_terminal(
    desk: Desk, house: Stage, lease: Block
) -> None:
    other = Desk(house, make_person(house))
    other.open()
    sale = sold(other, lease, 1)
    with nothing_changed():
        assert_problem(send(desk, lease, [sale]), 409, "NO_OPEN_TILL", "channel")
    desk.open()
    # Money goes into no till of somebody else.
    [result] = send(desk, lease, [sale]).json()["results"]
    assert result["payment"]["shift"] == desk.shift.pk


def test_another_counters_lease_and_returns_are_refused(open_desk: Desk, lease: Block) -> None:
    elsewhere = make_desk()
    with nothing_changed():
        body = send(open_desk, lease, [], returns=[{"client_id": "r"}])
        assert_problem(body, 400, "VALIDATION", "returns")
        path = f"/{elsewhere.channels['desk'].pk}/sync/"
        assert_problem(open_desk.post(path, {"sales": []}), 404, "NOT_FOUND", "channel")
    assert send(open_desk, lease, []).json()["results"] == []


def test_lines_of_payments_are_append_only_and_stand_once(open_desk: Desk, lease: Block) -> None:
    send(open_desk, lease, [sold(open_desk, lease, 1, 2)])
    line = PaymentLine.objects.get()
    assert (line.tickets, line.amount) == (2, Decimal(20))
    with violates("payment_line_append_only"):
        PaymentLine.objects.filter(pk=line.pk).update(tickets=1)
    with violates("payment_line_item_once"):
        PaymentLine.objects.create(payment=line.payment, item=line.item, tickets=1, amount=1)
