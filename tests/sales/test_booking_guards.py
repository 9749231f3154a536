"""What the database refuses of bookings, and of what bookings name."""

from itertools import product

import pytest
from django.utils import timezone

from allocations.models import Stock
from events.models import Component
from sales.enums import TRANSITIONS, BookingStatus
from sales.models import Booking, BookingLine
from tests.factories import Stage, make_channel, make_event, make_item, make_stage
from tests.kept import kept
from tests.proofs import execute, violates

pytestmark = pytest.mark.django_db

TIMES = {
    BookingStatus.ON_HOLD: "expires_at = now(), confirmed_at = NULL, ended_at = NULL",
    BookingStatus.CONFIRMED: "expires_at = NULL, confirmed_at = now(), ended_at = NULL",
    BookingStatus.EXPIRED: "expires_at = now(), confirmed_at = NULL, ended_at = now()",
    BookingStatus.CANCELLED: "expires_at = NULL, confirmed_at = NULL, ended_at = now()",
}


@kept
def stage() -> Stage:
    return make_stage()


def go(booking: int, status: BookingStatus) -> None:
    statement = f"UPDATE sales_booking SET status = %s, {TIMES[status]} WHERE id = %s"  # noqa: S608 - our own words
    execute(statement, status, booking)


def booking_in(stage: Stage, status: BookingStatus) -> int:
    booking = stage.hold()
    if status != BookingStatus.ON_HOLD:
        go(booking, status)
    return booking


@pytest.mark.parametrize(("before", "after"), list(product(BookingStatus, BookingStatus)))
def test_a_status_moves_only_as_the_table_says(
    stage: Stage, before: BookingStatus, after: BookingStatus
) -> None:
    booking = booking_in(stage, before)
    if after == before or after in TRANSITIONS[before]:
        go(booking, after)
    else:
        with violates("sales_booking_status_moves"):
            go(booking, after)


@pytest.mark.parametrize("status", list(BookingStatus))
def test_the_times_of_a_booking_fit_its_status(stage: Stage, status: BookingStatus) -> None:
    booking = booking_in(stage, status)
    with violates("booking_times_fit_status"):
        Booking.objects.filter(pk=booking).update(expires_at=None, ended_at=None, confirmed_at=None)


def test_a_status_is_one_that_is_known(stage: Stage) -> None:
    booking = stage.hold()
    with violates("sales_booking_status_moves"):
        Booking.objects.filter(pk=booking).update(status="LOST")


def test_a_booking_is_never_deleted_and_never_changes_hands(stage: Stage) -> None:
    booking = Booking.objects.get(pk=stage.hold())
    BookingLine.objects.filter(booking=booking).delete()
    with violates("booking_stays"):
        booking.delete()
    with violates("booking_keeps_its_owner"):
        Booking.objects.update(channel_id=make_channel(stage.event.venue).pk)
    with violates("booking_keeps_its_owner"):
        Booking.objects.update(event_id=make_event().pk)
    with violates("booking_keeps_its_owner"):
        Booking.objects.update(uuid="01890000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("assignments", "constraint"),
    [
        ("quantity = 0", "booking_line_positive"),
        ("refunded = 3", "booking_line_refunded_within"),
        ("unit_price = -1", "booking_line_price_not_negative"),
        ("item_id = item_id + 1", "booking_line_keeps_its_item"),
        ("listing_id = listing_id + 1", "booking_line_keeps_its_item"),
        ("number = 2", "booking_line_keeps_its_item"),
    ],
)
def test_a_line_is_lawful_and_keeps_its_item(
    stage: Stage, assignments: str, constraint: str
) -> None:
    stage.sell([("Ticket", 2)])
    with violates(constraint):
        execute(f"UPDATE sales_bookingline SET {assignments}")  # noqa: S608 - our own words


def test_a_line_number_stands_once_in_a_booking(stage: Stage) -> None:
    stage.sell()
    line = BookingLine.objects.get()
    line.pk = None
    with violates("booking_line_number_once"):
        line.save(force_insert=True)


def test_components_change_until_their_item_has_sold_and_never_after(stage: Stage) -> None:
    ticket, pool = stage.items["Ticket"], make_stage().pools["GA"]
    Component.objects.filter(item=ticket).update(units=2)
    stage.hold()
    with violates("component_frozen_once_sold"):
        Component.objects.filter(item=ticket).update(units=3)
    with violates("component_frozen_once_sold"):
        Component.objects.filter(item=ticket).delete()
    with violates("component_frozen_once_sold"):
        Component.objects.create(item=ticket, pool=pool)
    make_item(stage.event, "Other", {stage.pools["GA"]: 1})


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("events_event", "event"),
        ("events_item", "item"),
        ("allocations_saleschannel", "channel"),
        ("allocations_listing", "listing"),
    ],
)
def test_what_a_booking_names_is_not_deleted(stage: Stage, table: str, what: str) -> None:
    stage.sell()
    named = {
        "event": stage.event,
        "item": stage.items["Ticket"],
        "channel": stage.channels["web"],
        "listing": stage.listing(),
    }[what]
    with violates("booked_stays"):
        execute(f"DELETE FROM {table} WHERE id = %s", named.pk)  # noqa: S608 - our own words


def test_what_no_booking_names_may_go(stage: Stage) -> None:
    other = make_stage()
    other.sell()
    stage.listing().delete()
    assert not Stock.objects.filter(listing__event=stage.event).exists()
    assert timezone.is_aware(Booking.objects.get().created_at)
