"""Each way out of a conflict is one act with a reason, and changes all of it or nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from allocations.services import move_quantity
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.enums import EventStatus
from events.models import Event, Pool
from offline import conflicts, resolving
from offline.enums import Resolution
from offline.errors import ConflictStateError
from offline.models import Conflict, Report
from offline.reports import Fault, SaleReport
from offline.tasks import book_approved
from sales import services as sales
from sales.errors import NotOnSaleError, SoldOutError
from sales.limits import set_listing_limit
from sales.models import Booking
from sales.orders import OrderLine
from tests.factories import Counters, Stage, make_user
from tests.kept import kept
from tests.offline.selling import give_back, make_kiosk, outcomes, report, sale
from tests.proofs import assert_reconciled, nothing_changed
from transfers import services as transfers
from transfers.enums import TransferStatus
from transfers.models import Transfer

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    """Ten tickets of the kiosk, all sold, and ten of an agent."""
    made = make_kiosk(20, channels=("web", "agent"), give={("GA", "web"): 10, ("GA", "agent"): 10})
    made.sell([("Ticket", 10)])
    return made


def conflict_of(stage: Stage, quantity: int = 3, client_id: str = "A") -> Conflict:
    assert outcomes(report(stage, [sale(stage, client_id, quantity)])) == ["CONFLICT"]
    return Conflict.objects.get(report__client_id=client_id)


def manager(stage: Stage) -> User:
    person = make_user()
    person.groups.add(Group.objects.get(name=Role.VENUE_MANAGER.value))
    person.venues.add(stage.event.venue)
    return person


def resolved(conflict: Conflict) -> tuple[str, str, str]:
    conflict.refresh_from_db()
    return conflict.status, conflict.resolution, conflict.reason


def booking_of(conflict: Conflict) -> Booking:
    booking = Report.objects.get(pk=conflict.report_id).booking
    assert booking is not None
    return booking


def test_what_has_stock_by_now_is_booked(stage: Stage) -> None:
    conflict = conflict_of(stage)
    with nothing_changed(), pytest.raises(SoldOutError) as refused:
        resolving.book(conflict.pk, by=SYSTEM, reason="try")
    assert refused.value.numbers == {"asked": 3, "sellable": 0, "limited_by": "stock"}
    move_quantity(
        source=stage.row("GA", "agent"), target=stage.row(), units=3, by=SYSTEM, reason="test"
    )
    person = make_user()
    resolving.book(conflict.pk, by=Actor.person(person), reason="Three came back.")
    assert resolved(conflict) == ("RESOLVED", Resolution.BOOKED, "Three came back.")
    assert conflict.user == person
    assert booking_of(conflict).reference == "A"
    assert stage.counters() == Counters(13, 0, 13, 0)
    (again,) = report(stage, [sale(stage, "A", 3)])
    assert (again["result"], again["outcome"]) == ("DUPLICATE", "ACCEPTED")
    assert again["booking"] == str(booking_of(conflict).uuid)
    assert_reconciled()


def test_units_of_another_channel_are_moved_and_booked_at_once(stage: Stage) -> None:
    conflict = conflict_of(stage)
    agent = stage.row("GA", "agent")
    resolving.move_and_book(conflict.pk, [agent.pk], by=SYSTEM, reason="The agent has ten.")
    assert stage.counters() == Counters(13, 0, 13, 0)
    assert stage.counters("GA", "agent") == Counters(7, 0, 0, 0)
    assert Transfer.objects.get().reason == "The agent has ten."
    assert resolved(conflict)[:2] == ("RESOLVED", Resolution.MOVED)
    assert_reconciled()


def test_more_than_the_other_has_moves_nothing(stage: Stage) -> None:
    conflict = conflict_of(stage, 11)
    agent = stage.row("GA", "agent")
    with nothing_changed(), pytest.raises(RefusedError):
        resolving.move_and_book(conflict.pk, [agent.pk], by=SYSTEM, reason="try")
    with nothing_changed(), pytest.raises(InvalidInputError) as refused:
        resolving.move_and_book(conflict.pk, [], by=SYSTEM, reason="try")
    assert refused.value.numbers == {"missing": 11}


def test_near_the_start_the_transfer_waits_and_the_booking_follows_it(stage: Stage) -> None:
    conflict = conflict_of(stage)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=20))
    person, decider = manager(stage), manager(stage)
    agent = stage.row("GA", "agent")
    waiting = resolving.move_and_book(
        conflict.pk, [agent.pk], by=Actor.person(person), reason="The agent has ten."
    )
    assert isinstance(waiting, list)
    assert (len(waiting), resolved(conflict)[0]) == (1, "OPEN")
    assert resolving.book_approved() == 0
    transfers.approve(
        [waiting[0].pk], by=decider, note="They stand at the door.", now=timezone.now()
    )
    assert resolving.book_approved() == 1
    assert resolved(conflict) == ("RESOLVED", Resolution.MOVED, "The agent has ten.")
    assert conflict.user == person
    assert resolving.book_approved() == 0
    assert_reconciled()


def test_units_are_asked_for_once_and_not_when_they_are_needed_no_more(stage: Stage) -> None:
    conflict = conflict_of(stage)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=20))
    by, agent = Actor.person(manager(stage)), stage.row("GA", "agent")
    resolving.move_and_book(conflict.pk, [agent.pk], by=by, reason="The agent has ten.")
    with nothing_changed(), pytest.raises(ConflictStateError):
        resolving.move_and_book(conflict.pk, [agent.pk], by=by, reason="again")
    assert conflicts.withdraw_needless() == 0
    resolving.settle(conflict.pk, Resolution.REFUNDED, by=by, reason="They went home.")
    assert book_approved() == 0
    assert Transfer.objects.get().status == TransferStatus.CANCELLED


@pytest.mark.parametrize("what", ["rejected", "sold meanwhile"])
def test_a_transfer_that_leads_to_nothing_leaves_the_conflict_open(stage: Stage, what: str) -> None:
    conflict = conflict_of(stage)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=20))
    person, decider = manager(stage), manager(stage)
    asked = resolving.move_and_book(
        conflict.pk, [stage.row("GA", "agent").pk], by=Actor.person(person), reason="try"
    )
    assert isinstance(asked, list)
    if what == "rejected":
        transfers.reject([asked[0].pk], by=decider, note="no", now=timezone.now())
    else:
        transfers.approve([asked[0].pk], by=decider, note="yes", now=timezone.now())
        stage.sell([("Ticket", 2)])
    assert resolving.book_approved() == 0
    assert resolved(conflict)[0] == "OPEN"
    assert not conflict.transfers.exists()


def test_the_capacity_is_raised_by_what_is_missing_for_this_channel(stage: Stage) -> None:
    conflict = conflict_of(stage)
    resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="Three chairs more.")
    assert Pool.objects.get().capacity == 23
    assert stage.counters() == Counters(13, 0, 13, 0)
    assert stage.counters("GA", "agent") == Counters(10, 0, 0, 0)
    record = Pool.history.first()
    assert (record.capacity, record.history_change_reason) == (23, "Three chairs more.")
    assert_reconciled()


def test_other_items_are_booked_in_their_place() -> None:
    stage = make_kiosk(
        10, items={"Ticket": {"GA": 1}, "Lounge": {"Lounge": 1}}, pools={"GA": 2, "Lounge": 5}
    )
    conflict = conflict_of(stage)
    lounge = stage.items["Lounge"].pk
    lines = [OrderLine(lounge, 2), OrderLine(lounge, 1, Decimal("0.00"))]
    resolving.book_other(conflict.pk, lines, by=SYSTEM, reason="Moved to the lounge.")
    assert stage.counters("Lounge").sold == 3
    assert [line.unit_price for line in booking_of(conflict).lines.all()] == [10, 0]
    assert resolved(conflict)[1] == Resolution.OTHER_ITEM
    assert_reconciled()


def test_what_could_not_be_read_is_booked_by_who_has_found_out(stage: Stage) -> None:
    report(stage, [SaleReport("X", {"lines": "?"}, fault=Fault("lines", "Must be a list."))])
    conflict = Conflict.objects.get()
    with nothing_changed(), pytest.raises(ConflictStateError):
        resolving.book(conflict.pk, by=SYSTEM, reason="try")
    with nothing_changed(), pytest.raises(NotFoundError):
        resolving.book_other(conflict.pk, [OrderLine(10**9, 1)], by=SYSTEM, reason="try")
    line = OrderLine(stage.items["Ticket"].pk, 1)
    with nothing_changed(), pytest.raises(SoldOutError):
        resolving.book_other(conflict.pk, [line], by=SYSTEM, reason="try")
    resolving.settle(conflict.pk, Resolution.SETTLED, by=SYSTEM, reason="It was a test.")
    assert resolved(conflict) == ("RESOLVED", Resolution.SETTLED, "It was a test.")


def test_a_return_of_what_was_booked_later_is_refunded(stage: Stage) -> None:
    conflict = conflict_of(stage)
    resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="Three chairs more.")
    assert outcomes(report(stage, [], [give_back("R", "A")])) == ["ACCEPTED"]
    assert stage.counters().sold == 10
    assert_reconciled()


ACTS: dict[str, Callable[[Conflict, Stage], object]] = {
    "book": lambda one, _: resolving.book(one.pk, by=SYSTEM, reason="again"),
    "other": lambda one, stage: resolving.book_other(
        one.pk, [OrderLine(stage.items["Ticket"].pk, 1)], by=SYSTEM, reason="again"
    ),
    "move": lambda one, stage: resolving.move_and_book(
        one.pk, [stage.row("GA", "agent").pk], by=SYSTEM, reason="again"
    ),
    "raise": lambda one, _: resolving.raise_and_book(one.pk, by=SYSTEM, reason="again"),
    "settle": lambda one, _: resolving.settle(
        one.pk, Resolution.REFUNDED, by=SYSTEM, reason="again"
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_conflict_is_resolved_once(stage: Stage, act: str) -> None:
    conflict = conflict_of(stage)
    resolving.settle(conflict.pk, Resolution.REFUNDED, by=SYSTEM, reason="The kiosk refunded.")
    with nothing_changed(), pytest.raises(ConflictStateError, match="refunded at the channel"):
        ACTS[act](conflict, stage)


@pytest.mark.parametrize("act", [act for act in ACTS if act != "settle"])
def test_nothing_is_booked_of_a_cancelled_event(stage: Stage, act: str) -> None:
    conflict = conflict_of(stage)
    Event.objects.update(status=EventStatus.CANCELLED)
    with nothing_changed(), pytest.raises(RefusedError) as refused:
        ACTS[act](conflict, stage)
    assert act == "move" or isinstance(refused.value, NotOnSaleError)


def test_each_act_needs_a_reason(stage: Stage) -> None:
    conflict = conflict_of(stage)
    with nothing_changed(), pytest.raises(InvalidInputError) as refused:
        resolving.settle(conflict.pk, Resolution.REFUNDED, by=SYSTEM, reason="  ")
    assert refused.value.field == "reason"
    with nothing_changed(), pytest.raises(InvalidInputError):
        resolving.settle(conflict.pk, Resolution.BOOKED, by=SYSTEM, reason="no booking")


def test_a_limit_is_no_matter_of_moving_units(stage: Stage) -> None:
    conflict = conflict_of(stage)
    set_listing_limit(listing=stage.listing(), limit=10, by=SYSTEM, reason="test")
    with nothing_changed(), pytest.raises(SoldOutError) as refused:
        resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="try")
    assert refused.value.numbers["limited_by"] == "listing"
    set_listing_limit(listing=stage.listing(), limit=13, by=SYSTEM, reason="test")
    resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="Three chairs more.")
    assert_reconciled()


def test_a_booking_of_a_conflict_can_be_cancelled_like_any_other(stage: Stage) -> None:
    conflict = conflict_of(stage)
    booking = resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="Three chairs more.")
    sales.cancel(booking.pk, by=SYSTEM, reason="The guest is ill.")
    assert stage.counters() == Counters(13, 0, 10, 0)
