"""Amend, release, refund: one ledger call with the differences."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from allocations.enums import MovementKind
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.enums import EventStatus
from events.models import Event, Item
from idempotency.answers import Answer
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import (
    InvalidStateError,
    NotOnSaleError,
    PriceOutOfRangeError,
    SoldOutError,
    StopSellError,
)
from sales.models import Booking, BookingLine
from sales.orders import LineChange, OrderLine
from tests.factories import Counters, Stage, id_of, let_expire, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(
        pools={"GA": 20, "Car park": 5},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 1, "Car park": 1}},
    )


def lines_of(booking: int) -> list[tuple[int, int, int]]:
    found = BookingLine.objects.filter(booking=booking).order_by("number")
    return list(found.values_list("number", "quantity", "refunded"))


def change(booking: int, *keep: tuple[int, int]) -> Answer:
    return sales.amend(booking, by=SYSTEM, changes=[LineChange(*found) for found in keep])


def test_a_hold_is_amended_to_more_fewer_and_other_tickets(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 5), ("Bundle", 2)])
    added = OrderLine(stage.items["Bundle"].pk, 1)
    lines = Movement.objects.count()
    answer = sales.amend(
        hold,
        by=SYSTEM,
        changes=[LineChange(1, 7), LineChange(2, 0)],
        additions=[added],
        reference="new",
        contact={"name": "Asha"},
    )
    assert lines_of(hold) == [(1, 7, 0), (3, 1, 0)]
    assert answer.data["total"] == "80.00"
    assert (answer.data["reference"], answer.data["contact"]) == ("new", {"name": "Asha"})
    assert stage.counters("GA") == Counters(20, 8, 0, 0)
    assert stage.counters("Car park") == Counters(5, 1, 0, 0)
    made = Movement.objects.order_by("pk")[lines:]
    assert [(m.kind, m.delta_held) for m in made] == [
        (MovementKind.AMEND, 1),
        (MovementKind.AMEND, -1),
    ]
    assert_reconciled()


def test_a_sale_is_amended_by_refunds_and_further_sales(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 5)]))
    change(sold, (1, 2))
    assert lines_of(sold) == [(1, 5, 3)]
    change(sold, (1, 4))
    assert lines_of(sold) == [(1, 7, 3)]
    change(sold, (1, 4))
    assert lines_of(sold) == [(1, 7, 3)]
    assert stage.counters("GA") == Counters(20, 0, 4, 0)
    assert_reconciled()


def test_a_swap_between_items_of_one_full_pool_needs_no_stock(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 20)]))
    added = OrderLine(stage.items["Bundle"].pk, 3)
    sales.amend(sold, by=SYSTEM, changes=[LineChange(1, 17)], additions=[added])
    assert stage.counters("GA") == Counters(20, 0, 20, 0)
    assert stage.counters("Car park") == Counters(5, 0, 3, 0)
    assert_reconciled()


def test_an_amendment_that_names_nothing_changes_only_reference_and_contact(stage: Stage) -> None:
    sold = id_of(stage.sell())
    lines = Movement.objects.count()
    sales.amend(sold, by=SYSTEM, reference="R")
    change(sold, (1, 1))
    assert Movement.objects.count() == lines
    assert Booking.objects.get(pk=sold).reference == "R"


@pytest.mark.parametrize(
    ("keep", "error"),
    [
        ([(2, 1)], InvalidInputError),
        ([(1, 2), (1, 3)], InvalidInputError),
        ([(1, -1)], InvalidInputError),
        ([(1, 10_001)], InvalidInputError),
        ([(1, 0)], InvalidStateError),
        ([(1, 21)], SoldOutError),
    ],
)
@pytest.mark.parametrize("sold", [False, True])
def test_an_unlawful_amendment_changes_nothing(
    stage: Stage, keep: list[tuple[int, int]], error: type[RefusedError], *, sold: bool
) -> None:
    booking = id_of(stage.sell([("Ticket", 2)])) if sold else stage.hold([("Ticket", 2)])
    with nothing_changed(), pytest.raises(error):
        change(booking, *keep)


def test_what_is_added_obeys_the_rules_of_a_new_sale(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 2)]))

    def add(item: int, quantity: int) -> Callable[[], object]:
        return lambda: sales.amend(sold, by=SYSTEM, additions=[OrderLine(item, quantity)])

    ticket = stage.items["Ticket"].pk
    for act, error in (
        (add(ticket, 0), InvalidInputError),
        (add(0, 1), NotFoundError),
        (add(ticket, 19), SoldOutError),
    ):
        with nothing_changed(), pytest.raises(error):
            act()
    Item.objects.filter(pk=ticket).update(stop_reason="Storm")
    for act in (add(ticket, 1), lambda: change(sold, (1, 3))):
        with nothing_changed(), pytest.raises(StopSellError):
            act()
    Event.objects.update(status=EventStatus.PAUSED)
    for act in (add(stage.items["Bundle"].pk, 1), lambda: change(sold, (1, 3))):
        with nothing_changed(), pytest.raises(NotOnSaleError):
            act()
    change(sold, (1, 1))  # less is always possible
    assert stage.counters("GA").sold == 1


def test_an_amended_booking_keeps_to_least_and_most(stage: Stage) -> None:
    Item.objects.filter(name="Ticket").update(min_per_booking=2, max_per_booking=4)
    sold = id_of(stage.sell([("Ticket", 3)]))
    with nothing_changed(), pytest.raises(InvalidInputError):
        change(sold, (1, 5))


def test_tickets_may_be_given_back_from_a_booking_larger_than_is_sold_by_now(
    stage: Stage,
) -> None:
    sold = id_of(stage.sell([("Ticket", 10)]))
    Item.objects.filter(name="Ticket").update(min_per_booking=2, max_per_booking=4)
    assert change(sold, (1, 8)).data["lines"][0]["refunded"] == 2


def test_more_of_a_line_is_not_sold_at_a_price_that_is_over(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 1)]))
    listing = stage.listing()
    listing.price += 5
    listing.save()
    with nothing_changed(), pytest.raises(PriceOutOfRangeError):
        change(sold, (1, 2))
    added = OrderLine(listing.item_id, 1)
    answer = sales.amend(sold, by=SYSTEM, additions=[added])
    assert [line["unit_price"] for line in answer.data["lines"]] == ["10.00", "15.00"]


def test_what_was_allowed_on_the_sight_of_a_hold_is_not_done_to_a_sale(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 2)])
    sales.confirm(hold, by=SYSTEM)
    seen = BookingStatus.ON_HOLD
    with nothing_changed(), pytest.raises(InvalidStateError, match="confirmed by now"):
        sales.cancel(hold, by=SYSTEM, reason="x", expected=seen)
    with nothing_changed(), pytest.raises(InvalidStateError, match="confirmed by now"):
        sales.amend(hold, by=SYSTEM, changes=[LineChange(1, 1)], expected=seen)


def test_a_hold_lives_for_the_longest_hold_of_its_channel_however_often_extended(
    stage: Stage,
) -> None:
    hold = stage.hold()
    for _ in range(2):
        sales.extend(hold, by=SYSTEM, seconds=3_000)
    execute("UPDATE sales_booking SET created_at = created_at - interval '50 minutes'")
    with nothing_changed(), pytest.raises(InvalidInputError) as caught:
        sales.extend(hold, by=SYSTEM, seconds=900)
    assert 590 <= int(str(caught.value.numbers["longest"])) <= 600
    sales.extend(hold, by=SYSTEM)
    found = Booking.objects.get(pk=hold)
    assert found.expires_at == found.created_at + timedelta(hours=1)


def test_a_hold_of_a_cancelled_event_is_not_extended(stage: Stage) -> None:
    hold = stage.hold()
    stage.event.status = EventStatus.CANCELLED
    stage.event.save()
    with nothing_changed(), pytest.raises(NotOnSaleError):
        sales.extend(hold, by=SYSTEM, seconds=60)


def test_a_booking_has_at_most_50_lines_after_an_amendment() -> None:
    stage = make_stage()
    sold = id_of(stage.sell([("Ticket", 1)] * 50))
    added = OrderLine(stage.items["Ticket"].pk, 1)
    with nothing_changed(), pytest.raises(InvalidInputError, match="at most 50 lines"):
        sales.amend(sold, by=SYSTEM, additions=[added])


def test_an_amendment_finds_room_in_holds_that_are_over(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 10)]))
    over = stage.hold([("Ticket", 10)])
    let_expire(over)
    change(sold, (1, 20))
    assert Booking.objects.get(pk=over).status == BookingStatus.EXPIRED
    assert stage.counters("GA") == Counters(20, 0, 20, 0)
    assert_reconciled()


def test_a_released_hold_gives_all_back_and_says_why(stage: Stage) -> None:
    user = make_user(is_superuser=True)
    hold = stage.hold([("Bundle", 2)])
    answer = sales.cancel(hold, by=Actor(user_id=user.pk), reason="Buyer left")
    assert (answer.data["status"], answer.data["end_reason"]) == ("CANCELLED", "Buyer left")
    assert answer.data["utc_ended_at"] is not None
    movement = Movement.objects.filter(document_id=hold, kind=MovementKind.RELEASE).first()
    assert movement is not None
    # What a seller writes may name a person; it stays with the booking, which can be erased.
    assert (movement.reason, movement.user_id) == ("", user.pk)
    assert stage.counters("Car park") == Counters(5, 0, 0, 0)
    with nothing_changed(), pytest.raises(InvalidStateError):
        sales.cancel(hold, by=SYSTEM, reason="again")
    assert_reconciled()


def test_a_hold_is_released_whole(stage: Stage) -> None:
    hold = stage.hold([("Ticket", 2)])
    with nothing_changed(), pytest.raises(InvalidStateError, match="amend it"):
        sales.cancel(hold, by=SYSTEM, reason="test", lines={1: 1})


def test_a_sale_is_refunded_in_parts_and_ends_with_the_last(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 3), ("Bundle", 1)]))
    answer = sales.cancel(sold, by=SYSTEM, reason="ill", lines={1: 2})
    assert (answer.data["status"], answer.data["total"]) == ("CONFIRMED", "20.00")
    assert Booking.objects.get(pk=sold).end_reason == "ill"
    assert lines_of(sold) == [(1, 3, 2), (2, 1, 0)]
    answer = sales.cancel(sold, by=SYSTEM, reason="all ill")
    assert (answer.data["status"], answer.data["total"]) == ("CANCELLED", "0.00")
    assert lines_of(sold) == [(1, 3, 3), (2, 1, 1)]
    assert stage.counters("GA") == Counters(20, 0, 0, 0)
    kinds = Movement.objects.filter(document_id=sold).values_list("kind", flat=True)
    assert set(kinds) == {MovementKind.SELL, MovementKind.REFUND}
    assert_reconciled()


def test_a_refund_of_all_tickets_line_by_line_ends_the_booking(stage: Stage) -> None:
    sold = id_of(stage.sell([("Ticket", 3), ("Ticket", 1)]))
    sales.cancel(sold, by=SYSTEM, reason="x" * 400, lines={1: 3, 2: 1})
    found = Booking.objects.get(pk=sold)
    assert (found.status, found.end_reason) == (BookingStatus.CANCELLED, "x" * 300)
    assert found.confirmed_at is not None
    assert found.ended_at is not None
    assert found.ended_at <= timezone.now()


@pytest.mark.parametrize("lines", [{}, {3: 1}, {1: 0}, {1: 3}, {1: -1}, {1: 1, 2: 2}])
def test_an_unlawful_refund_changes_nothing(stage: Stage, lines: dict[int, int]) -> None:
    sold = id_of(stage.sell([("Ticket", 2), ("Ticket", 1)]))
    with nothing_changed(), pytest.raises(InvalidInputError):
        sales.cancel(sold, by=SYSTEM, reason="test", lines=lines)
