"""Hold, sell, confirm, extend: what the seller is told, what is counted, what is written down."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from allocations.enums import DocumentKind, MovementKind
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from common.clock import utc
from common.errors import InvalidInputError, NotFoundError
from common.spoken_number import spoken
from events.enums import EventStatus
from events.models import Event
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import HoldExpiredError, InvalidStateError, NotOnSaleError, SoldOutError
from sales.expiry import expire_due
from sales.models import Booking, BookingLine
from sales.orders import Order, OrderLine
from tests.factories import Counters, Stage, id_of, let_expire, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


def test_a_sale_is_answered_with_the_whole_booking(stage: Stage) -> None:
    answer = stage.sell([("Ticket", 2), ("Ticket", 3)], reference="A-7", contact={"name": "Asha"})
    booking = Booking.objects.get()
    assert (answer.status, answer.booking_id, answer.replayed) == (201, booking.pk, False)
    ticket = stage.items["Ticket"].pk
    assert answer.data == {
        "id": str(booking.uuid),
        "number": str(booking),
        "event": stage.event.pk,
        "channel": stage.channels["web"].pk,
        "status": "CONFIRMED",
        "reference": "A-7",
        "contact": {"name": "Asha"},
        "currency": "INR",
        "total": "50.00",
        "utc_created_at": utc(booking.created_at),
        "utc_updated_at": utc(booking.created_at),
        "utc_expires_at": None,
        "utc_confirmed_at": utc(booking.created_at),
        "utc_ended_at": None,
        "end_reason": "",
        "payment_due_on": None,
        "utc_paid_at": None,
        "lines": [
            {"line": 1, "item": ticket, "quantity": 2, "refunded": 0, "unit_price": "10.00"},
            {"line": 2, "item": ticket, "quantity": 3, "refunded": 0, "unit_price": "10.00"},
        ],
    }
    assert stage.counters() == Counters(100, 0, 5, 0)
    assert_reconciled()


def test_a_hold_lasts_as_long_as_asked_and_by_default_as_its_channel_says(stage: Stage) -> None:
    for seconds, lasts in ((None, 900), (60, 60), (3_600, 3_600)):
        booking = Booking.objects.get(pk=stage.hold(expires_in_seconds=seconds))
        assert booking.status == BookingStatus.ON_HOLD
        assert booking.expires_at == booking.created_at + timedelta(seconds=lasts)
    assert stage.counters() == Counters(100, 3, 0, 0)


def test_a_booking_and_its_movements_name_who_and_what(stage: Stage) -> None:
    actor = Actor(user_id=make_user().pk, api_key_id=42)
    booking = id_of(sales.book(stage.order(confirm=True), by=actor))
    found = Booking.objects.get(pk=booking)
    assert (found.user_id, found.api_key_id) == (actor.user_id, 42)
    movement = Movement.objects.get(document_id=booking)
    assert (movement.document_kind, movement.kind) == (DocumentKind.BOOKING, MovementKind.SELL)
    assert (movement.user_id, movement.api_key_id) == (actor.user_id, 42)
    assert (movement.delta_quantity, movement.delta_held, movement.delta_sold) == (0, 0, 1)
    assert (movement.quantity, movement.held, movement.sold, movement.drawn) == (100, 0, 1, 0)


def test_numbers_of_bookings_are_uuids_in_order_of_time(stage: Stage) -> None:
    stage.sell()
    stage.sell()
    first, second = Booking.objects.order_by("pk")
    assert (first.uuid.version, first.uuid.variant) == (7, "specified in RFC 4122")
    assert first.uuid.int >> 80 <= second.uuid.int >> 80
    assert str(first) == spoken(first.pk)
    assert str(BookingLine.objects.filter(booking=first).get()) == "1 × Ticket"


def test_a_live_hold_is_confirmed_even_when_nothing_is_left(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 100)])
    with pytest.raises(SoldOutError):
        stage.sell()
    answer = sales.confirm(hold, by=SYSTEM, contact={"name": "Asha"}, reference="late")
    assert (answer.status, answer.data["status"]) == (200, "CONFIRMED")
    assert (answer.data["contact"], answer.data["reference"]) == ({"name": "Asha"}, "late")
    assert answer.data["utc_expires_at"] is None
    assert stage.counters() == Counters(100, 0, 100, 0)
    assert_reconciled()


def test_a_hold_may_be_confirmed_while_new_sales_are_stopped(stage: Stage) -> None:
    hold = stage.hold()
    Event.objects.update(status=EventStatus.PAUSED, stop_reason="Storm")
    sales.confirm(hold, by=SYSTEM)
    assert stage.counters().sold == 1


def test_a_hold_of_a_cancelled_event_is_not_confirmed(stage: Stage) -> None:
    hold = stage.hold()
    Event.objects.update(status=EventStatus.CANCELLED)
    with nothing_changed(), pytest.raises(NotOnSaleError):
        sales.confirm(hold, by=SYSTEM)


def test_a_sale_on_account_has_a_due_date_on_the_venues_calendar(stage: Stage) -> None:
    web = stage.channels["web"]
    web.settlement_days = 30
    web.save()
    booking = Booking.objects.get(pk=id_of(stage.sell()))
    local = booking.created_at.astimezone(stage.event.venue.zone).date()
    assert booking.due_on == local + timedelta(days=30)
    hold = stage.hold()
    assert Booking.objects.get(pk=hold).due_on is None
    sales.confirm(hold, by=SYSTEM)
    assert Booking.objects.get(pk=hold).due_on == local + timedelta(days=30)


def test_an_extension_counts_from_now_and_touches_no_stock(stage: Stage) -> None:
    hold = stage.hold(expires_in_seconds=10)
    lines = Movement.objects.count()
    answer = sales.extend(hold, by=SYSTEM, seconds=600)
    booking = Booking.objects.get(pk=hold)
    assert booking.expires_at == booking.updated_at + timedelta(seconds=600)
    assert answer.data["utc_expires_at"] == utc(booking.expires_at)
    sales.extend(hold, by=SYSTEM)
    booking.refresh_from_db()
    assert booking.expires_at == booking.updated_at + timedelta(seconds=900)
    assert Movement.objects.count() == lines
    with nothing_changed(), pytest.raises(InvalidInputError):
        sales.extend(hold, by=SYSTEM, seconds=3_601)


@pytest.mark.parametrize("swept", [False, True])
def test_a_hold_past_its_time_is_over_swept_or_not(stage: Stage, *, swept: bool) -> None:
    hold = stage.hold()
    past = let_expire(hold)
    if swept:
        assert expire_due() == 1
    steps: tuple[Callable[[], object], ...] = (
        lambda: sales.confirm(hold, by=SYSTEM),
        lambda: sales.extend(hold, by=SYSTEM),
        lambda: sales.cancel(hold, by=SYSTEM, reason="test"),
        lambda: sales.amend(hold, by=SYSTEM, reference="x"),
    )
    for step in steps:
        with nothing_changed(), pytest.raises(HoldExpiredError) as caught:
            step()
        assert caught.value.numbers == {"utc_expired_at": utc(past)}


def test_what_has_ended_or_been_sold_takes_no_further_step(stage: Stage) -> None:
    sold, gone = id_of(stage.sell()), stage.hold()
    sales.cancel(gone, by=SYSTEM, reason="test")
    for booking, status in ((sold, "CONFIRMED"), (gone, "CANCELLED")):
        with nothing_changed(), pytest.raises(InvalidStateError) as caught:
            sales.confirm(booking, by=SYSTEM)
        assert caught.value.numbers == {"booking_status": status}
        with nothing_changed(), pytest.raises(InvalidStateError):
            sales.extend(booking, by=SYSTEM)
    with (
        nothing_changed(),
        pytest.raises(InvalidStateError, match="cancelled and cannot be amended"),
    ):
        sales.amend(gone, by=SYSTEM, reference="x")
    with nothing_changed(), pytest.raises(InvalidStateError):
        sales.cancel(gone, by=SYSTEM, reason="again")


def test_a_booking_that_is_not_there_is_not_found() -> None:
    steps: tuple[Callable[[], object], ...] = (
        lambda: sales.confirm(0, by=SYSTEM),
        lambda: sales.extend(0, by=SYSTEM),
        lambda: sales.amend(0, by=SYSTEM),
        lambda: sales.cancel(0, by=SYSTEM, reason="test"),
    )
    for step in steps:
        with pytest.raises(NotFoundError):
            step()


def test_a_price_stays_as_it_was_when_the_booking_was_made(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 3)])
    listing = stage.listing()
    listing.price = Decimal(12)
    listing.save()
    assert sales.confirm(hold, by=SYSTEM).data["total"] == "30.00"
    assert stage.sell().data["total"] == "12.00"


def test_a_draw_takes_exactly_the_shortfall_and_gives_it_back_first() -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw()
    booking = id_of(stage.sell([("Ticket", 25)]))
    assert stage.counters() == Counters(25, 0, 25, 15)
    assert stage.open_row().quantity == 75
    sales.cancel(booking, by=SYSTEM, reason="test", lines={1: 10})
    assert stage.counters() == Counters(15, 0, 15, 5)
    sales.cancel(booking, by=SYSTEM, reason="test", lines={1: 10})
    assert stage.counters() == Counters(10, 0, 5, 0)
    assert stage.open_row().quantity == 90
    kinds = list(stage.open_row().movements.order_by("pk").values_list("kind", flat=True))
    assert kinds[2:] == [MovementKind.DRAW, MovementKind.UNDRAW, MovementKind.UNDRAW]
    assert_reconciled()


def test_an_order_over_two_pools_is_whole_or_nothing() -> None:
    stage = make_stage(pools={"GA": 10, "Car park": 1}, items={"Bundle": {"GA": 1, "Car park": 1}})
    with nothing_changed(), pytest.raises(SoldOutError):
        stage.sell([("Bundle", 2)])
    stage.sell([("Bundle", 1)])
    assert stage.counters("GA").sold == stage.counters("Car park").sold == 1


def test_tickets_of_an_event_are_sold_by_its_own_channels_alone(stage: Stage) -> None:
    other = make_stage()
    order = Order(
        stage.event.pk, other.channels["web"].pk, [OrderLine(stage.items["Ticket"].pk, 1)]
    )
    with nothing_changed(), pytest.raises(NotFoundError):
        sales.book(order, by=SYSTEM)
