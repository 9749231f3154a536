"""Many orders in one transaction: each by the rules of a sale, none in the way of another."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import ledger
from allocations.enums import MovementKind
from allocations.models import Movement
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError, RefusedError
from idempotency.answers import Answer
from idempotency.errors import BusyError
from idempotency.retry import TRIES
from sales import booking_sql
from sales import services as sales
from sales.bulk import MAX_ORDERS, book_many
from sales.enums import BookingStatus
from sales.errors import NotOnSaleError, SoldOutError
from sales.models import Booking, BookingLine
from sales.orders import Order, OrderLine
from tests.factories import Counters, Stage, let_expire, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(pools={"GA": 10}, items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}})


def sold(found: Answer | RefusedError) -> bool:
    return isinstance(found, Answer)


def test_each_order_is_answered_as_it_would_be_alone(stage: Stage) -> None:
    found = book_many(
        [
            stage.order([("Ticket", 2)], confirm=True, reference="A-1", contact={"name": "Asha"}),
            stage.order([("Ticket", 1), ("Pack", 1)], expires_in_seconds=60),
        ],
        by=Actor(api_key_id=7),
    )
    first, second = Booking.objects.order_by("pk")
    assert [answer.booking_id for answer in found if isinstance(answer, Answer)] == [
        first.pk,
        second.pk,
    ]
    assert isinstance(found[0], Answer)
    assert (found[0].status, found[0].data["id"]) == (201, str(first.uuid))
    assert (first.status, first.reference, first.contact) == (
        BookingStatus.CONFIRMED,
        "A-1",
        {"name": "Asha"},
    )
    assert (second.status, second.contact, second.api_key_id) == (BookingStatus.ON_HOLD, None, 7)
    assert second.expires_at is not None
    assert (second.expires_at - second.created_at).total_seconds() == 60
    assert list(
        BookingLine.objects.order_by("booking_id", "number").values_list(
            "booking_id", "number", "item__name", "quantity", "unit_price", "refunded"
        )
    ) == [
        (first.pk, 1, "Ticket", 2, Decimal("10.00"), 0),
        (second.pk, 1, "Ticket", 1, Decimal("10.00"), 0),
        (second.pk, 2, "Pack", 1, Decimal("10.00"), 0),
    ]
    assert stage.counters() == Counters(10, 5, 2, 0)
    assert list(
        Movement.objects.filter(document_id__isnull=False)
        .order_by("version")
        .values_list("kind", "document_id", "api_key_id")
    ) == [(MovementKind.SELL, first.pk, 7), (MovementKind.HOLD, second.pk, 7)]
    assert_reconciled()


def test_what_one_order_cannot_have_the_next_may(stage: Stage) -> None:
    orders = [stage.order([(item, count)], confirm=True) for item, count in
              (("Ticket", 8), ("Pack", 1), ("Ticket", 2), ("Ticket", 1))]  # fmt: skip
    found = book_many(orders, by=SYSTEM)
    assert [sold(one) for one in found] == [True, False, True, False]
    assert isinstance(found[1], SoldOutError)
    assert found[1].numbers == {"asked": 1, "sellable": 0, "limited_by": "stock"}
    assert found[1].field == "lines[0].quantity"
    assert Booking.objects.count() == BookingLine.objects.count() == 2
    assert stage.counters() == Counters(10, 0, 10, 0)
    assert_reconciled()


def test_what_the_rules_refuse_inserts_nothing_and_the_rest_is_sold(stage: Stage) -> None:
    with_no_lines = Order(stage.event.pk, stage.channels["web"].pk, [], confirm=True)
    of_no_channel = Order(stage.event.pk, 0, [OrderLine(stage.items["Ticket"].pk, 1)])
    found = book_many([with_no_lines, stage.order(confirm=True), of_no_channel], by=SYSTEM)
    assert isinstance(found[0], InvalidInputError)
    assert sold(found[1])
    assert isinstance(found[2], NotFoundError)
    assert Booking.objects.count() == 1
    assert_reconciled()


def test_where_all_are_refused_nothing_changes(stage: Stage) -> None:
    with nothing_changed():
        found = book_many([stage.order([("Ticket", 11)], confirm=True)] * 3, by=SYSTEM)
        assert [type(one) for one in found] == [SoldOutError] * 3
    stage.event.status = "PAUSED"
    stage.event.save()
    with nothing_changed():
        found = book_many([stage.order(confirm=True)] * 2, by=SYSTEM)
        assert [type(one) for one in found] == [NotOnSaleError] * 2


def test_overdue_holds_make_room(stage: Stage) -> None:
    let_expire(stage.hold([("Ticket", 6)]))
    found = book_many([stage.order([("Pack", 1)], confirm=True)] * 2, by=SYSTEM)
    assert [sold(one) for one in found] == [True, True]
    assert stage.counters() == Counters(10, 0, 8, 0)
    assert_reconciled()


def test_who_was_behind_a_large_order_that_cannot_be_had_any_more_is_not_refused_in_vain(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sell_one_meanwhile(*_: object) -> bool:
        stage.sell([("Ticket", 1)])
        return False

    monkeypatch.setattr("sales.retry.make_room", sell_one_meanwhile)
    lot = [stage.order([("Ticket", 10)], confirm=True), stage.order([("Ticket", 1)], confirm=True)]
    found = book_many(lot, by=SYSTEM)
    assert [sold(one) for one in found] == [False, True]
    assert stage.counters() == Counters(10, 0, 2, 0)
    assert_reconciled()


def test_what_is_shut_by_now_is_told_as_of_a_single_sale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as of before the wait for the stock, when the tier was open."""
    stage = make_stage(give={("GA", "web"): 0})
    stage.draw(draws_until=timezone.now() - timedelta(minutes=1))
    order, look = stage.order(confirm=True), booking_sql.look
    with pytest.raises(RefusedError) as alone:
        sales.book(order, by=SYSTEM)

    def look_an_hour_ago(event_id: int) -> booking_sql.Scene:
        scene = look(event_id)
        return replace(scene, now=scene.now - timedelta(hours=1))

    monkeypatch.setattr("sales.bulk.booking_sql.look", look_an_hour_ago)
    (found,) = book_many([order], by=SYSTEM)
    assert isinstance(found, RefusedError)
    assert (type(found), found.detail) == (type(alone.value), alone.value.detail)
    assert not isinstance(found, SoldOutError)


def test_no_orders_are_no_statement() -> None:
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert book_many([], by=SYSTEM) == []
    assert len(statements) == 0


def test_more_than_so_many_orders_are_refused_with_the_numbers(stage: Stage) -> None:
    with nothing_changed(), pytest.raises(InvalidInputError, match="not 501") as caught:
        book_many([stage.order(confirm=True)] * (MAX_ORDERS + 1), by=SYSTEM)
    assert caught.value.numbers == {"asked": 501, "maximum": 500}


def test_orders_of_two_events_are_refused_naming_the_other(stage: Stage) -> None:
    other = Order(stage.event.pk + 1, 1, [])
    with nothing_changed(), pytest.raises(InvalidInputError) as caught:
        book_many([stage.order(confirm=True), other], by=SYSTEM)
    assert caught.value.field == "orders[1].event"


def test_there_is_no_such_event() -> None:
    with pytest.raises(NotFoundError):
        book_many([Order(1, 1, [])], by=SYSTEM)


@pytest.mark.parametrize("count", [1, 5])
def test_the_statements_do_not_grow_with_the_orders(count: int) -> None:
    stage = make_stage()
    stage.sell()  # the set-up is read once
    with CaptureQueriesContext(connection) as statements:
        book_many([stage.order(confirm=True)] * count, by=SYSTEM)
    words = [statement["sql"].split(maxsplit=1)[0] for statement in statements]
    assert words == ["SAVEPOINT", "SELECT", "SELECT", "WITH", "SELECT", "RELEASE"]
    assert "allocations_post" in statements[-2]["sql"]


def test_orders_planned_on_an_old_set_up_are_planned_anew(stage: Stage) -> None:
    post, changes = ledger.post, [True]

    def change_first(groups: list[ledger.Group], *, by: Actor) -> ledger.Posting:
        if changes and changes.pop():
            stage.event.save()
        return post(groups, by=by)

    with patch.object(ledger, "post", change_first):
        found = book_many([stage.order(confirm=True)] * 2, by=SYSTEM)
    assert [sold(one) for one in found] == [True, True]
    assert Booking.objects.count() == 2
    assert_reconciled()


def test_a_set_up_that_keeps_changing_ends_in_busy(stage: Stage) -> None:
    post, tries = ledger.post, [0]

    def change_first(groups: list[ledger.Group], *, by: Actor) -> ledger.Posting:
        tries[0] += 1
        stage.event.save()
        return post(groups, by=by)

    with patch.object(ledger, "post", change_first), nothing_changed(), pytest.raises(BusyError):
        book_many([stage.order(confirm=True)], by=SYSTEM)
    assert tries == [TRIES]
