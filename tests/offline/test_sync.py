"""A sync has the effect of one, whatever comes twice; what happened is booked while there is stock."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import ledger
from allocations.enums import MovementKind
from allocations.ledger import Entry
from allocations.models import Listing
from common.actor import SYSTEM
from common.errors import InvalidInputError, NotFoundError
from events.enums import EventStatus
from events.models import Event, Item
from idempotency.answers import Repeat
from offline import leases
from offline.models import Conflict, ConflictLine, Report
from offline.reports import MAX_REPORTS, Fault, SaleReport
from offline.sync import sync
from sales.enums import BookingStatus
from sales.models import Booking
from sales.orders import OrderLine
from tests.factories import Counters, Stage, let_expire, make_channel, make_stage
from tests.offline.selling import (
    give_back,
    make_kiosk,
    notes,
    outcomes,
    report,
    sale,
    take_lease,
)
from tests.proofs import assert_reconciled, nothing_changed, violates

pytestmark = pytest.mark.django_db


def test_sales_pass_from_the_lease_to_sold(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    results = report(stage, [sale(stage, "A", 2), sale(stage, "B", 1)], lease=lease)
    assert outcomes(results) == ["ACCEPTED", "ACCEPTED"]
    assert stage.counters() == Counters(10, 2, 3, 0)
    assert lease.lines.get().left == 2
    booking = Booking.objects.get(uuid=str(results[0]["booking"]))
    assert (booking.status, booking.reference) == (BookingStatus.CONFIRMED, "A")
    assert_reconciled()


def test_what_the_lease_does_not_cover_comes_from_the_channel(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 3)])
    assert outcomes(report(stage, [sale(stage, "A", 5)], lease=lease)) == ["ACCEPTED"]
    assert stage.counters() == Counters(10, 0, 5, 0)
    assert_reconciled()


def test_a_sale_beyond_all_stock_is_a_conflict_and_the_others_are_booked(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 3)])
    stage.sell([("Ticket", 6)])
    results = report(
        stage, [sale(stage, "A", 2), sale(stage, "B", 5), sale(stage, "C", 1)], lease=lease
    )
    assert outcomes(results) == ["ACCEPTED", "CONFLICT", "ACCEPTED"]
    conflict = Conflict.objects.get()
    assert (str(conflict.uuid), conflict.code) == (results[1]["conflict"], "SOLD_OUT")
    assert conflict.lines.values_list("item__name", "quantity", "unit_price").get() == (
        "Ticket",
        5,
        Decimal("10.00"),
    )
    assert Report.objects.get(client_id="B").booking is None
    assert_reconciled()


def test_a_large_sale_that_is_refused_leaves_the_lease_to_the_small_ones(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 3)])
    stage.sell([("Ticket", 7)])
    results = report(
        stage, [sale(stage, "A", 4), sale(stage, "B", 2), sale(stage, "C")], lease=lease
    )
    assert outcomes(results) == ["CONFLICT", "ACCEPTED", "ACCEPTED"]
    assert stage.counters() == Counters(10, 0, 10, 0)
    assert_reconciled()


@pytest.mark.parametrize("again", ["whole", "half", "reversed", "without the lease"])
def test_what_comes_twice_has_the_effect_of_one(stage: Stage, again: str) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    reports = [sale(stage, f"S{number}") for number in range(4)]
    first = report(stage, reports, [give_back("R", "S1")], lease=lease)
    sent = {"half": reports[:2], "reversed": reports[::-1]}.get(again, reports)
    own = None if again == "without the lease" else lease
    with nothing_changed():
        results = report(stage, sent, [give_back("R", "S1")], lease=own)
    assert set(outcomes(results)) == {"DUPLICATE"}
    assert {result["client_id"]: result["booking"] for result in results}.items() <= {
        result["client_id"]: result["booking"] for result in first
    }.items()


def test_the_same_id_twice_in_one_call_counts_once(stage: Stage) -> None:
    results = report(stage, [sale(stage, "A", 2), sale(stage, "A", 2)])
    assert outcomes(results) == ["ACCEPTED", "DUPLICATE"]
    assert results[1]["booking"] == results[0]["booking"]
    assert stage.counters().sold == 2


def test_a_duplicate_that_says_something_else_is_told_so(stage: Stage) -> None:
    report(stage, [sale(stage, "A", 1)])
    (result,) = report(stage, [sale(stage, "A", 3)])
    assert (result["result"], notes(result)) == ("DUPLICATE", ["DIFFERS"])
    assert stage.counters().sold == 1


def test_the_answer_under_a_key_is_given_again(stage: Stage) -> None:
    repeat = Repeat.of("channel:1", "key", b"body")
    channel = stage.channels["web"].pk
    first = sync(channel, [sale(stage, "A")], by=SYSTEM, repeat=repeat)
    again = sync(channel, [sale(stage, "A")], by=SYSTEM, repeat=repeat)
    assert (again.body, again.replayed) == (first.body, True)


def test_what_is_out_of_order_is_noted_and_counts(stage: Stage) -> None:
    Item.objects.update(max_per_booking=2)
    Listing.objects.update(sales_until=timezone.now() - timedelta(hours=1))
    stage.event.stop_reason = ""
    Event.objects.update(status=EventStatus.PAUSED)
    (result,) = report(stage, [sale(stage, "A", 3, price="1.00")])
    assert result["result"] == "ACCEPTED"
    assert notes(result) == [
        "NOT_ON_SALE",
        "OUTSIDE_SALES_WINDOW",
        "PRICE_OUT_OF_RANGE",
        "VALIDATION",
    ]
    line = Booking.objects.get().lines.get()
    assert (line.quantity, line.unit_price) == (3, Decimal("1.00"))


def test_what_is_out_of_order_with_several_lines_is_noted_once(stage: Stage) -> None:
    [line] = sale(stage, "A", 1, price="1.00").lines
    (result,) = report(stage, [SaleReport("A", {}, lines=[line] * 5)])
    assert notes(result) == ["PRICE_OUT_OF_RANGE"]


def test_the_price_of_the_lease_holds(stage: Stage) -> None:
    lease = take_lease(stage)
    Listing.objects.update(price=20)
    results = report(stage, [sale(stage, "A"), sale(stage, "B", price="10.00")], lease=lease)
    assert [notes(result) for result in results] == [[], []]
    assert {
        line.unit_price for booking in Booking.objects.all() for line in booking.lines.all()
    } == {Decimal("10.00")}


def test_a_clock_that_is_wrong_by_years_changes_nothing(stage: Stage) -> None:
    past = SaleReport(
        "A",
        {},
        timezone.now() - timedelta(days=9_000),
        lines=[OrderLine(stage.items["Ticket"].pk, 1)],
    )
    (result,) = report(stage, [past])
    assert (result["result"], result["notes"]) == ("ACCEPTED", [])
    assert timezone.now() - Booking.objects.get().created_at < timedelta(minutes=1)


def test_what_cannot_be_read_is_kept_as_work(stage: Stage) -> None:
    other = make_stage()
    ticket = stage.items["Ticket"].pk
    reports = [
        SaleReport("A", {"lines": "?"}, fault=Fault("lines", "Must be a list.")),
        SaleReport("B", {}, lines=[OrderLine(other.items["Ticket"].pk, 1)]),
        SaleReport("C", {}, lines=[]),
        SaleReport("D", {}, lines=[OrderLine(ticket, 0)]),
        SaleReport("E", {}, lines=[OrderLine(ticket, 1)]),
    ]
    results = report(stage, reports, [give_back("R", "nobody")])
    assert outcomes(results) == [*["UNREADABLE"] * 4, "ACCEPTED", "UNREADABLE"]
    assert Conflict.objects.count() == 5
    assert not ConflictLine.objects.exists()
    assert Report.objects.get(client_id="A").said == {"lines": "?"}


def test_a_sale_of_two_events_cannot_be_read(stage: Stage) -> None:
    other = make_stage(venue=stage.event.venue, channels=("second",))
    channel = stage.channels["web"]
    Listing.objects.create(item=other.items["Ticket"], channel=channel, price=1, event=other.event)
    lines = [OrderLine(made.items["Ticket"].pk, 1) for made in (stage, other)]
    (result,) = report(stage, [SaleReport("A", {}, lines=lines)])
    assert result["problem"] == {
        "code": "SEVERAL_EVENTS",
        "detail": "A sale is of one event, and not of 2.",
        "numbers": {},
    }


def test_a_channel_without_a_part_in_the_pool_has_a_conflict() -> None:
    stage = make_kiosk(10, channels=("web", "agent"), give={("GA", "web"): 10})
    channel = make_channel(stage.event.venue)
    Listing.objects.create(item=stage.items["Ticket"], channel=channel, price=1, event=stage.event)
    ticket = stage.items["Ticket"].pk
    answer = sync(channel.pk, [SaleReport("A", {}, lines=[OrderLine(ticket, 1)])], by=SYSTEM)
    assert answer.data["results"][0]["problem"]["code"] == "NOT_ON_SALE"


def test_a_lapsed_lease_is_honored_while_there_is_stock(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    leases.hand_back(lease.pk, by=SYSTEM)
    stage.sell([("Ticket", 7)])
    results = report(stage, [sale(stage, "A", 2), sale(stage, "B", 2)], lease=lease)
    assert outcomes(results) == ["ACCEPTED", "CONFLICT"]
    assert_reconciled()


def test_a_lease_that_has_come_apart_from_its_stock_holds_up_no_other_sale(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    gone = [Entry(stage.row().pk, held=-3)]
    with transaction.atomic():
        ledger.post_one(ledger.Group(MovementKind.HAND_BACK, gone), by=SYSTEM)
    results = report(stage, [sale(stage, "A", 2), sale(stage, "B", 2)], lease=lease)
    assert outcomes(results) == ["ACCEPTED", "CONFLICT"]
    assert results[1]["problem"] is not None
    assert results[1]["problem"]["code"] == "NOT_ENOUGH_STOCK"
    assert {record.message for record in caplog.records} == {
        "Sale B: 0 units were asked for, 0 are free."
    }


def test_two_terminals_may_report_from_one_lease(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 3)])
    report(stage, [sale(stage, "1-A", 2)], lease=lease)
    report(stage, [sale(stage, "2-A", 2)], lease=lease)
    assert stage.counters() == Counters(10, 0, 4, 0)
    assert_reconciled()


def test_overdue_holds_make_room_for_what_was_sold(stage: Stage) -> None:
    let_expire(stage.hold([("Ticket", 8)]))
    assert outcomes(report(stage, [sale(stage, "A", 5)])) == ["ACCEPTED"]
    assert_reconciled()


def test_a_lease_of_another_channel_is_not_found() -> None:
    stage = make_kiosk(10, channels=("web", "agent"))
    lease = take_lease(stage)
    with nothing_changed(), pytest.raises(NotFoundError):
        report(stage, [sale(stage, "A")], lease=lease, channel="agent")


def test_a_call_has_at_most_a_thousand_reports(stage: Stage) -> None:
    with nothing_changed(), pytest.raises(InvalidInputError):
        report(stage, [sale(stage, str(number)) for number in range(MAX_REPORTS + 1)])


def test_a_sync_takes_as_many_statements_for_one_sale_as_for_fifty(stage: Stage) -> None:
    counts = []
    for number in (1, 50):
        big = make_kiosk(100)
        lease = take_lease(big, [("Ticket", 60)])
        with CaptureQueriesContext(connection) as captured:
            report(big, [sale(big, f"{number}-{n}") for n in range(number)], lease=lease)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 25


def test_a_report_and_a_conflict_stay(stage: Stage) -> None:
    stage.sell([("Ticket", 10)])
    report(stage, [sale(stage, "A")])
    with violates("report_stays"):
        Report.objects.update(client_id="B")
    with violates("report_once_per_client_id"):
        Report.objects.bulk_create(
            [
                Report(
                    sync_id=Report.objects.get().sync_id,
                    position=2,
                    channel=stage.channels["web"],
                    kind="SALE",
                    client_id="A",
                    said={},
                    outcome="CONFLICT",
                )
            ]
        )
    with violates("report_accepted_sale_is_booked"):
        Report.objects.update(outcome="ACCEPTED")
    with violates("conflict_stays"):
        Conflict.objects.all()._raw_delete("default")
    with violates("conflict_resolved_says_how"):
        Conflict.objects.update(status="RESOLVED")
    with violates("conflict_line_positive"):
        ConflictLine.objects.update(quantity=0)
    line = ConflictLine.objects.get()
    with violates("conflict_line_once"):
        ConflictLine.objects.create(
            conflict=line.conflict, item=line.item, quantity=1, unit_price=line.unit_price
        )
    report(stage, [], [give_back("R", "A")])
    with violates("conflict_resolved_once"):
        Conflict.objects.update(reason="another")
