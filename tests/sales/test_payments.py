"""Bookings on account: marked as paid, taken back, and overdue from their venue's own midnight."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.actor import SYSTEM, Actor
from common.clock import utc
from common.errors import NotFoundError
from common.spoken_number import spoken
from events.models import Venue
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import InvalidStateError
from sales.models import Booking, PaymentMark
from sales.orders import LineChange, OrderLine
from sales.payments import mark_paid, mark_unpaid
from sales.selectors import costs_something, overdue, overdue_by_channel
from tests.factories import Stage, id_of, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MARKS = ("booking_id", "is_paid", "amount", "user_id", "reason", "at")


@kept
def stage() -> Stage:
    """Whose agent pays after 30 days."""
    made = make_stage(channels=("web", "agent"), give={("GA", "web"): 50, ("GA", "agent"): 50})
    made.channels["agent"].settlement_days = 30
    made.channels["agent"].save()
    return made


def owing(stage: Stage, tickets: int = 1, *, due: date | None = None, **terms: Any) -> int:
    booking = id_of(stage.sell([("Ticket", tickets)], channel="agent", **terms))
    if due is not None:
        Booking.objects.filter(pk=booking).update(due_on=due)
    return booking


def pay(*bookings: int, by: Actor = SYSTEM) -> dict[str, Decimal]:
    return mark_paid(booking_ids=bookings, by=by, reason="Transfer of May", now=NOW)


def paid_at(booking: int) -> datetime | None:
    return Booking.objects.values_list("paid_at", flat=True).get(pk=booking)


# --- Marking ------------------------------------------------------------------------------------


def test_bookings_are_marked_together_with_who_when_why_and_how_much(stage: Stage) -> None:
    user = make_user()
    first, second = owing(stage, 2), owing(stage, 3)
    assert pay(second, first, by=Actor.person(user)) == {"INR": Decimal("50.00")}
    assert (paid_at(first), paid_at(second)) == (NOW, NOW)
    assert list(PaymentMark.objects.values_list(*MARKS)) == [
        (first, True, Decimal("20.00"), user.pk, "Transfer of May", NOW),
        (second, True, Decimal("30.00"), user.pk, "Transfer of May", NOW),
    ]
    assert_reconciled()


def test_money_is_told_by_currency(stage: Stage) -> None:
    abroad = owing(stage, 3)
    Booking.objects.filter(pk=abroad).update(currency="EUR")
    assert pay(owing(stage), abroad) == {"INR": Decimal("10.00"), "EUR": Decimal("30.00")}


def test_what_was_refunded_is_not_among_what_was_paid(stage: Stage) -> None:
    booking = owing(stage, 5)
    sales.cancel(booking, by=SYSTEM, reason="ill", lines={1: 2})
    assert pay(booking) == {"INR": Decimal("30.00")}


def test_a_seller_is_told_when_a_booking_was_paid(stage: Stage) -> None:
    booking = owing(stage)
    pay(booking)
    answer = sales.amend(booking, by=SYSTEM, reference="A-8")
    assert answer.data["utc_paid_at"] == utc(NOW)


def test_what_cannot_be_paid_is_refused_by_name_and_nothing_is_marked(stage: Stage) -> None:
    good, paid = owing(stage), owing(stage)
    pay(paid)
    at_once = id_of(stage.sell(reference="W-1"))
    hold = stage.hold(channel="agent")
    gone = owing(stage)
    sales.cancel(gone, by=SYSTEM, reason="ill")
    with nothing_changed(), pytest.raises(InvalidStateError) as caught:
        pay(good, paid, at_once, hold, gone)
    assert caught.value.detail == "4 bookings cannot be marked as paid."
    assert caught.value.numbers["bookings"] == {
        spoken(paid): "is paid already",
        f"{spoken(at_once)} (W-1)": "has no due date",
        spoken(hold): "is on hold",
        spoken(gone): "is cancelled",
    }


def test_a_booking_that_does_not_exist_leaves_the_others_unpaid(stage: Stage) -> None:
    booking = owing(stage)
    with nothing_changed(), pytest.raises(NotFoundError, match="1 of the 2 bookings"):
        pay(booking, booking + 1_000)


def test_a_mark_is_taken_back_and_both_are_kept(stage: Stage) -> None:
    user = make_user()
    booking = owing(stage, 2)
    pay(booking)
    later = NOW + timedelta(days=1)
    taken = mark_unpaid(booking_ids=[booking], by=Actor.person(user), reason="Bounced", now=later)
    assert taken == {"INR": Decimal("20.00")}
    assert paid_at(booking) is None
    assert list(PaymentMark.objects.values_list(*MARKS)) == [
        (booking, True, Decimal("20.00"), None, "Transfer of May", NOW),
        (booking, False, Decimal("20.00"), user.pk, "Bounced", later),
    ]
    with nothing_changed(), pytest.raises(InvalidStateError) as caught:
        mark_unpaid(booking_ids=[booking], by=SYSTEM, reason="x", now=later)
    assert caught.value.numbers["bookings"] == {spoken(booking): "is not marked as paid"}


def test_bookings_are_locked_in_order_and_more_are_no_more_statements(stage: Stage) -> None:
    few = [owing(stage)]
    many = [owing(stage) for _ in range(5)]
    with CaptureQueriesContext(connection) as one:
        pay(*few)
    with CaptureQueriesContext(connection) as five:
        pay(*reversed(many))
    assert len(five) == len(one)
    locking = [query["sql"] for query in five if "FOR UPDATE" in query["sql"]]
    assert len(locking) == 1
    assert 'ORDER BY "sales_booking"."id" ASC FOR UPDATE' in locking[0]


def test_the_database_refuses_payment_where_nothing_is_due_and_changed_marks(
    stage: Stage,
) -> None:
    at_once = id_of(stage.sell())
    with violates("booking_paid_where_due"):
        Booking.objects.filter(pk=at_once).update(paid_at=NOW)
    pay(owing(stage))
    for statement in ("UPDATE sales_paymentmark SET amount = 0", "DELETE FROM sales_paymentmark"):
        with violates("payment_mark_append_only"):
            execute(statement)


# --- Amended and refunded -----------------------------------------------------------------------


def test_a_paid_booking_is_not_amended_to_cost_more(stage: Stage) -> None:
    booking = owing(stage, 2)
    pay(booking)
    ticket = OrderLine(stage.items["Ticket"].pk, 1)
    for terms in ({"changes": [LineChange(1, 3)]}, {"additions": [ticket]}):
        with nothing_changed(), pytest.raises(InvalidStateError) as caught:
            sales.amend(booking, by=SYSTEM, **terms)
        assert caught.value.numbers == {"asked": "30.00", "paid": "20.00"}
    sales.amend(booking, by=SYSTEM, changes=[LineChange(1, 1)], additions=[ticket])
    assert paid_at(booking) == NOW
    assert_reconciled()


def test_an_unpaid_booking_owes_what_it_was_amended_to(stage: Stage) -> None:
    booking = owing(stage, 2, due=NOW.date() - timedelta(days=1))
    sales.amend(booking, by=SYSTEM, changes=[LineChange(1, 5)])
    (found,) = overdue_by_channel([stage.event.venue], NOW)
    assert found.amount == Decimal("50.00")


# --- Overdue ------------------------------------------------------------------------------------


def late(stage: Stage, now: datetime = NOW) -> set[int]:
    found = Booking.objects.filter(overdue([stage.event.venue], now), costs_something())
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Asia/Kolkata", datetime(2026, 11, 24, 18, 30, tzinfo=UTC)),
        ("UTC", datetime(2026, 11, 25, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 25, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_booking_is_overdue_when_its_day_is_over_at_the_venue(
    stage: Stage, zone: str, midnight: datetime
) -> None:
    Venue.objects.update(time_zone=zone)
    stage.event.venue.refresh_from_db()
    booking = owing(stage, due=date(2026, 11, 24))
    venue = [stage.event.venue]
    before = midnight - timedelta(microseconds=1)
    assert late(stage, before) == set()
    assert overdue_by_channel(venue, before) == []
    assert late(stage, midnight) == {booking}
    assert [one.oldest for one in overdue_by_channel(venue, midnight)] == [date(2026, 11, 24)]


def test_each_venue_has_its_own_midnight(stage: Stage) -> None:
    abroad = make_stage()
    Venue.objects.filter(pk=abroad.event.venue.pk).update(time_zone="UTC")
    bookings = (owing(stage), id_of(abroad.sell()))
    Booking.objects.filter(pk__in=bookings).update(due_on=date(2026, 11, 24))
    venues = list(Venue.objects.all())
    between = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    found = Booking.objects.filter(overdue(venues, between))
    assert [one.pk for one in found] == [bookings[0]]
    assert [one.venue_id for one in overdue_by_channel(venues, between)] == [stage.event.venue.pk]


def test_nothing_is_overdue_at_no_venue(stage: Stage) -> None:
    owing(stage, due=date(2026, 1, 1))
    assert not Booking.objects.filter(overdue([], NOW)).exists()
    assert overdue_by_channel([], NOW) == []


def test_what_is_overdue_is_summed_by_channel_without_what_was_refunded(stage: Stage) -> None:
    stage.channels["web"].settlement_days = 7
    stage.channels["web"].save()
    old, new = date(2026, 11, 1), date(2026, 11, 20)
    part = owing(stage, 5, due=new)
    sales.cancel(part, by=SYSTEM, reason="ill", lines={1: 2})
    owing(stage, 2, due=old)
    web = id_of(stage.sell([("Ticket", 4)]))
    Booking.objects.filter(pk=web).update(due_on=new)
    whole = owing(stage, 7, due=old)
    sales.cancel(whole, by=SYSTEM, reason="ill")
    pay(owing(stage, 9, due=old))
    owing(stage, due=NOW.date())
    stage.hold(channel="agent")
    found = overdue_by_channel([stage.event.venue], NOW)
    assert [(one.channel, one.bookings, one.amount, one.oldest) for one in found] == [
        ("agent", 2, Decimal("50.00"), old),
        ("web", 1, Decimal("40.00"), new),
    ]


def test_free_tickets_alone_are_never_overdue(stage: Stage) -> None:
    booking = owing(stage, due=date(2026, 11, 1))
    execute("UPDATE sales_bookingline SET unit_price = 0")
    assert late(stage) == set()
    assert overdue_by_channel([stage.event.venue], NOW) == []
    assert Booking.objects.get(pk=booking).status == BookingStatus.CONFIRMED


def test_a_booking_of_several_lines_is_one_booking() -> None:
    stage = make_stage(items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}})
    booking = id_of(stage.sell([("Ticket", 1), ("Pair", 2)]))
    Booking.objects.filter(pk=booking).update(due_on=date(2026, 11, 1))
    (found,) = overdue_by_channel([stage.event.venue], NOW)
    assert (found.bookings, found.amount) == (1, Decimal("30.00"))


def test_a_mark_says_what_it_is(stage: Stage) -> None:
    pay(owing(stage))
    assert str(PaymentMark.objects.get()) == "Marked as paid"
    assert timezone.is_aware(PaymentMark.objects.get().at)
