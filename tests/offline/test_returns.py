"""What a channel has taken back: from its booking, from the conflict of its sale, or before the sale is known."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.actor import SYSTEM
from offline.enums import Resolution
from offline.models import Conflict, ConflictLine
from offline.resolving import settle
from sales.enums import BookingStatus
from sales.models import Booking
from tests.factories import Counters, Stage
from tests.offline.selling import (
    give_back,
    make_kiosk,
    notes,
    outcomes,
    report,
    sale,
    take_lease,
)
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


def test_returns_give_back_and_end_the_booking(stage: Stage) -> None:
    ticket = stage.items["Ticket"].pk
    report(stage, [sale(stage, "A", 3)])
    results = report(stage, [], [give_back("R1", "A", {ticket: 1}), give_back("R2", "A")])
    assert outcomes(results) == ["ACCEPTED", "ACCEPTED"]
    booking = Booking.objects.get()
    assert (booking.status, booking.lines.get().refunded) == (BookingStatus.CANCELLED, 3)
    assert stage.counters() == Counters(10, 0, 0, 0)
    (late,) = report(stage, [], [give_back("R3", "A")])
    assert (late["result"], notes(late)) == ("ACCEPTED", ["INVALID_STATE"])
    assert_reconciled()


def test_more_returned_than_sold_cannot_be_read(stage: Stage) -> None:
    ticket = stage.items["Ticket"].pk
    results = report(
        stage,
        [sale(stage, "A", 2)],
        [give_back("R1", "A", {ticket: 1}), give_back("R2", "A", {ticket: 2})],
    )
    assert outcomes(results) == ["ACCEPTED", "ACCEPTED", "UNREADABLE"]
    assert stage.counters().sold == 1
    assert_reconciled()


def test_a_return_makes_room_for_a_sale_of_the_same_call(stage: Stage) -> None:
    report(stage, [sale(stage, "A", 10)])
    results = report(stage, [sale(stage, "B", 4)], [give_back("R", "A")])
    assert outcomes(results) == ["ACCEPTED", "ACCEPTED"]
    assert stage.counters() == Counters(10, 0, 4, 0)
    assert_reconciled()


def test_a_sale_and_its_return_in_one_call_leave_nothing(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    report(stage, [sale(stage, "A", 2)], [give_back("R", "A")], lease=lease)
    assert Booking.objects.get().status == BookingStatus.CANCELLED
    assert stage.counters() == Counters(10, 3, 0, 0)
    assert_reconciled()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_return_of_a_sale_in_conflict_ends_the_conflict(stage: Stage, at_once: bool) -> None:
    ticket = stage.items["Ticket"].pk
    stage.sell([("Ticket", 10)])
    part, rest = give_back("R1", "A", {ticket: 1}), give_back("R2", "A")
    if at_once:
        report(stage, [sale(stage, "A", 3)], [part, rest])
    else:
        report(stage, [sale(stage, "A", 3)])
        report(stage, [], [part])
        assert ConflictLine.objects.get().quantity == 2
        report(stage, [], [rest])
    conflict = Conflict.objects.get()
    assert (conflict.status, conflict.resolution) == ("RESOLVED", "RETURNED")
    (late,) = report(stage, [], [give_back("R3", "A")])
    assert (late["result"], notes(late)) == ("ACCEPTED", ["CONFLICT_STATE"])


def test_a_return_that_comes_before_its_sale_is_done_with_it(stage: Stage) -> None:
    ticket = stage.items["Ticket"].pk
    early = [give_back("R1", "A", {ticket: 1}), give_back("R2", "A"), give_back("R3", "A")]
    assert outcomes(report(stage, [], [early[0], give_back("R9", "B")])) == ["UNREADABLE"] * 2
    report(stage, [], early[1:])
    # What they give back makes room for another sale of the same call.
    results = report(stage, [sale(stage, "A", 8), sale(stage, "C", 9)])
    assert outcomes(results) == ["ACCEPTED", "ACCEPTED"]
    assert stage.counters() == Counters(10, 0, 9, 0)
    ends = Conflict.objects.filter(report__client_id__in=("R1", "R2", "R3"))
    assert set(ends.values_list("status", "resolution")) == {("RESOLVED", "RETURNED")}
    again = report(stage, [], early)
    assert [(found["result"], found["outcome"], found["booking"]) for found in again] == [
        ("DUPLICATE", "ACCEPTED", results[0]["booking"])
    ] * 3
    assert Conflict.objects.get(status="OPEN").report.client_id == "R9"
    assert_reconciled()


def test_an_early_return_of_more_than_was_sold_says_so_and_of_a_conflict_ends_it(
    stage: Stage,
) -> None:
    ticket = stage.items["Ticket"].pk
    report(stage, [], [give_back("R1", "A", {ticket: 3}), give_back("R2", "B")])
    report(stage, [sale(stage, "A", 2), sale(stage, "B", 20)])
    too_many = Conflict.objects.get(report__client_id="R1")
    assert (too_many.status, too_many.code, too_many.event) == ("OPEN", "VALIDATION", stage.event)
    assert Conflict.objects.get(report__client_id="B").resolution == "RETURNED"
    assert Conflict.objects.get(report__client_id="R2").resolution == "RETURNED"
    assert stage.counters() == Counters(10, 0, 2, 0)
    assert_reconciled()


def test_an_early_return_that_a_person_has_settled_stays_so(stage: Stage) -> None:
    report(stage, [], [give_back("R", "A")])
    conflict = Conflict.objects.get()
    settle(conflict.pk, Resolution.SETTLED, by=SYSTEM, reason="by phone")
    report(stage, [sale(stage, "A", 2)])
    conflict.refresh_from_db()
    assert (conflict.resolution, stage.counters().sold) == ("SETTLED", 2)


def test_returns_of_conflicts_take_as_many_statements_for_one_as_for_twenty(stage: Stage) -> None:
    counts = []
    for number in (1, 20):
        big = make_kiosk(1)
        sales = [sale(big, f"{number}-{n}", 2) for n in range(number)]
        report(big, sales)
        back = [give_back(f"R{number}-{n}", f"{number}-{n}") for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            report(big, [], back)
        assert not ConflictLine.objects.exists()
        assert not Conflict.objects.filter(status="OPEN").exists()
        counts.append(len(captured))
    assert counts[0] == counts[1]
