"""Limits of items and listings: stock rows with the same arithmetic."""

import pytest
from django.db import transaction

from allocations.enums import MovementKind
from allocations.errors import LimitError
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError
from sales import limits
from sales import services as sales
from sales.errors import SoldOutError
from tests.factories import Counters, Stage, counters, id_of, make_stage, make_user
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "desk"), give={("GA", "web"): 50, ("GA", "desk"): 50})


def set_item_limit(stage: Stage, limit: int | None, *, by: Actor = SYSTEM) -> None:
    with transaction.atomic():
        limits.set_item_limit(item=stage.items["Ticket"], limit=limit, by=by, reason="cap")


def set_listing_limit(stage: Stage, limit: int | None) -> None:
    with transaction.atomic():
        limits.set_listing_limit(listing=stage.listing(), limit=limit, by=SYSTEM, reason="cap")


def test_an_items_limit_holds_for_all_channels_together(stage: Stage) -> None:
    set_item_limit(stage, 10)
    stage.sell([("Ticket", 6)], "web")
    with nothing_changed(), pytest.raises(SoldOutError) as caught:
        stage.sell([("Ticket", 5)], "desk")
    assert caught.value.numbers == {"asked": 5, "sellable": 4, "limited_by": "item"}
    stage.hold([("Ticket", 4)], "desk")
    assert counters(stage.limit_row()) == Counters(10, 4, 6, 0)
    assert_reconciled()


def test_a_listings_limit_holds_for_its_channel_alone(stage: Stage) -> None:
    set_listing_limit(stage, 10)
    stage.sell([("Ticket", 20)], "desk")
    with nothing_changed(), pytest.raises(SoldOutError) as caught:
        stage.sell([("Ticket", 6), ("Ticket", 5)], "web")
    assert caught.value.numbers == {"asked": 11, "sellable": 10, "limited_by": "listing"}
    assert caught.value.detail == "11 units of the limit asked for, 10 can be sold."
    stage.sell([("Ticket", 10)], "web")
    assert_reconciled()


@pytest.mark.parametrize("set_limit", [set_item_limit, set_listing_limit])
def test_a_limit_counts_what_was_held_and_sold_before(stage: Stage, set_limit: object) -> None:
    assert callable(set_limit)
    stage.hold([("Ticket", 3)])
    sold = id_of(stage.sell([("Ticket", 5)]))
    sales.cancel(sold, by=SYSTEM, reason="test", lines={1: 1})
    set_limit(stage, 7)
    row = stage.limit_row(channel=None if set_limit is set_item_limit else "web")
    assert counters(row) == Counters(7, 3, 4, 0)
    with nothing_changed(), pytest.raises(SoldOutError):
        stage.sell()
    with nothing_changed(), pytest.raises(LimitError) as caught:
        set_limit(stage, 6)
    assert caught.value.numbers == {"asked": 6, "held": 3, "sold": 4}
    sales.cancel(sold, by=SYSTEM, reason="test")
    set_limit(stage, 3)
    assert counters(row) == Counters(3, 3, 0, 0)
    set_limit(stage, None)
    assert counters(row) == Counters(0, 0, 0, 0)
    stage.sell([("Ticket", 20)])
    assert counters(row) == Counters(0, 0, 0, 0)
    set_limit(stage, 30)
    assert counters(row) == Counters(30, 3, 20, 0)
    assert_reconciled()


def test_a_limit_of_nothing_sells_nothing(stage: Stage) -> None:
    set_item_limit(stage, 0)
    with nothing_changed(), pytest.raises(SoldOutError):
        stage.sell()
    assert stage.limit_row().version == 0


def test_the_same_limit_again_writes_nothing(stage: Stage) -> None:
    set_item_limit(stage, 10)
    history = stage.items["Ticket"].history.count()
    with nothing_changed():
        set_item_limit(stage, 10)
    assert stage.items["Ticket"].history.count() == history


@pytest.mark.parametrize("limit", [-1, 10_000_001])
def test_an_absurd_limit_is_refused(stage: Stage, limit: int) -> None:
    with nothing_changed(), pytest.raises(InvalidInputError):
        set_item_limit(stage, limit)


def test_a_limit_leaves_a_history_record_and_a_movement_with_reason_and_person(
    stage: Stage,
) -> None:
    user = make_user()
    set_item_limit(stage, 10, by=Actor.person(user))
    record = stage.items["Ticket"].history.latest()
    assert (record.limit, record.history_change_reason) == (10, "cap")
    assert record.history_user == user
    assert str(stage.limit_row()) == "Ticket · limit"
    movement = stage.limit_row().movements.get()
    assert (movement.kind, movement.reason, movement.user_id) == (
        MovementKind.LIMIT,
        "cap",
        user.pk,
    )
