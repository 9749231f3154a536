"""What the database itself refuses of stock and movements, whoever asks and however."""

from typing import Any

import pytest
from django.db import transaction

from allocations import services
from allocations.enums import MovementKind, StockKind
from allocations.models import Listing, Movement, Stock
from common.actor import SYSTEM
from events.models import Item, Pool
from sales import limits
from tests.factories import Stage, make_channel, make_event, make_stage, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, violates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(give={("GA", "web"): 60}, channels=("web", "desk"))


def set_counters(row: Stock, assignments: str) -> None:
    """As somebody would who knows that the version must rise."""
    statement = f"UPDATE allocations_stock SET version = version + 1, {assignments} WHERE id = %s"  # noqa: S608 - our own words
    execute(statement, row.pk)


@pytest.mark.parametrize(
    ("assignments", "constraint"),
    [
        ("held = -1, sold = 1", "stock_held_not_negative"),
        ("sold = -1, held = 1", "stock_sold_not_negative"),
        ("held = 61", "stock_never_oversold"),
        ("sold = 61", "stock_never_oversold"),
        ("held = 31, sold = 30", "stock_never_oversold"),
        ("drawn = 1", "stock_drawn_within_use"),
        ("drawn = -1", "stock_drawn_within_use"),
        ("ceiling = 59", "stock_within_ceiling"),
        ("sold = 1, drawn = 1, draws_on_id = NULL", "stock_drawn_from_somewhere"),
        ("draws_from = now(), draws_until = now()", "stock_draw_window_in_order"),
        ("draws_from = '1999-12-31'", "stock_draw_window_within_a_century"),
        ("draws_until = '2100-01-02'", "stock_draw_window_within_a_century"),
        ("name = 'x'", "stock_kind_has_its_owner"),
        ("quantity = 61", "stock_sums_to_capacity"),
        ("quantity = 59", "stock_sums_to_capacity"),
        ("channel_id = NULL", "stock_keeps_its_owner"),
        ("pool_id = pool_id + 1", "stock_keeps_its_owner"),
    ],
)
def test_a_channels_row_stays_lawful(stage: Stage, assignments: str, constraint: str) -> None:
    stage.draw()
    with violates(constraint):
        set_counters(stage.row(), assignments)


@pytest.mark.parametrize(
    ("assignments", "constraint"),
    [
        ("held = 1", "stock_open_row_sells_nothing"),
        ("sold = 1", "stock_open_row_sells_nothing"),
        ("ceiling = 1000", "stock_only_channels_draw"),
        ("draws_on_id = id", "stock_only_channels_draw"),
        ("quantity = 41", "stock_sums_to_capacity"),
    ],
)
def test_an_open_row_stays_lawful(stage: Stage, assignments: str, constraint: str) -> None:
    with violates(constraint):
        set_counters(stage.open_row(), assignments)


def test_units_that_one_statement_moves_within_a_pool_leave_its_sum(stage: Stage) -> None:
    execute(
        "UPDATE allocations_stock SET version = version + 1,"
        " quantity = quantity + CASE kind WHEN 'OPEN' THEN -5 ELSE 5 END"
        " WHERE id IN (%s, %s)",
        stage.open_row().pk,
        stage.row().pk,
    )
    assert stage.counters().quantity == 65


def test_a_stale_save_is_refused(stage: Stage) -> None:
    stale = stage.row()
    stage.sell()
    with violates("stock_through_ledger_alone"):
        stale.save()
    assert_reconciled()


def test_a_write_that_does_not_raise_the_version_is_refused(stage: Stage) -> None:
    with violates("stock_through_ledger_alone"):
        Stock.objects.filter(pk=stage.row().pk).update(sold=1)
    with violates("stock_through_ledger_alone"):
        execute("UPDATE allocations_stock SET version = 0 WHERE id = %s", stage.row().pk)


def test_a_row_that_has_movements_is_never_deleted(stage: Stage) -> None:
    with violates("stock_with_movements_stays"):
        stage.row().delete()
    stage.row(channel="desk").delete()


@pytest.mark.parametrize("counter", ["quantity", "version"])
def test_a_row_is_born_empty(stage: Stage, counter: str) -> None:
    values: dict[str, Any] = {counter: 1}
    with violates("stock_starts_empty"):
        Stock.objects.create(
            event=stage.event, kind=StockKind.OPEN, pool=stage.pools["GA"], name="x", **values
        )


def test_a_row_belongs_to_one_event_and_venue(stage: Stage) -> None:
    pool = stage.pools["GA"]
    with violates("stock_within_event"):
        Stock.objects.create(event=make_event(), kind=StockKind.OPEN, pool=pool, name="x")
    stranger = make_channel(make_venue())
    with violates("stock_within_event"):
        Stock.objects.create(event=stage.event, kind=StockKind.CHANNEL, pool=pool, channel=stranger)


def test_each_kind_has_its_owner_and_each_owner_one_row(stage: Stage) -> None:
    pool, web = stage.pools["GA"], stage.channels["web"]
    event, ticket, listing = stage.event, stage.items["Ticket"], stage.listing()
    with violates("stock_kind_has_its_owner"):
        Stock.objects.create(event=event, kind=StockKind.CHANNEL, pool=pool)
    with violates("stock_kind_has_its_owner"):
        Stock.objects.create(event=event, kind=StockKind.OPEN, pool=pool, channel=web)
    with violates("stock_kind_has_its_owner"):
        Stock.objects.create(event=event, kind=StockKind.LIMIT, item=ticket, listing=listing)
    with violates("stock_one_row_per_pool_and_channel"):
        Stock.objects.create(event=event, kind=StockKind.CHANNEL, pool=pool, channel=web)
    with violates("stock_one_open_row_per_name"):
        Stock.objects.create(event=event, kind=StockKind.OPEN, pool=pool)
    Stock.objects.create(event=event, kind=StockKind.LIMIT, item=ticket)
    with violates("stock_one_limit_per_item"):
        Stock.objects.create(event=event, kind=StockKind.LIMIT, item=ticket)
    Stock.objects.create(event=event, kind=StockKind.LIMIT, listing=listing)
    with violates("stock_one_limit_per_listing"):
        Stock.objects.create(event=event, kind=StockKind.LIMIT, listing=listing)


def test_a_capacity_changes_with_its_stock_alone(stage: Stage) -> None:
    with violates("stock_sums_to_capacity"):
        Pool.objects.filter(pk=stage.pools["GA"].pk).update(capacity=101)
    with violates("stock_sums_to_capacity"):
        Pool.objects.create(event=stage.event, name="Without stock", capacity=1)


def test_a_limit_changes_with_its_counter_alone(stage: Stage) -> None:
    ticket, listing = stage.items["Ticket"], stage.listing()
    with violates("limit_has_its_counter"):
        Item.objects.filter(pk=ticket.pk).update(limit=5)
    with violates("limit_has_its_counter"):
        Listing.objects.filter(pk=listing.pk).update(limit=5)
    with transaction.atomic():
        limits.set_item_limit(item=ticket, limit=5, by=SYSTEM, reason="test")
    with violates("limit_has_its_counter"):
        Item.objects.filter(pk=ticket.pk).update(limit=None)


def test_movements_are_append_only(stage: Stage) -> None:
    stage.sell()
    with violates("movement_append_only"):
        Movement.objects.update(reason="never mind")
    with violates("movement_append_only"):
        Movement.objects.all().delete()
    with violates("movement_append_only"):
        execute("DELETE FROM allocations_movement")


def test_a_movement_takes_each_version_of_a_row_once(stage: Stage) -> None:
    movement = Movement.objects.filter(stock=stage.row()).latest("version")
    movement.pk = None
    with violates("movement_version_once_per_row"):
        movement.save(force_insert=True)


def test_versions_of_a_row_run_from_one_without_a_gap(stage: Stage) -> None:
    stage.draw()
    for _ in range(3):
        stage.sell([("Ticket", 25)])
    with transaction.atomic():
        services.set_capacity(pool=stage.pools["GA"], capacity=120, by=SYSTEM, reason="more")
    for row in (stage.row(), stage.open_row()):
        lines = list(row.movements.order_by("pk").values_list("version", flat=True))
        assert lines == list(range(1, row.version + 1))
    kinds = list(stage.open_row().movements.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        MovementKind.CAPACITY,
        MovementKind.MOVE,
        MovementKind.DRAW,
        MovementKind.CAPACITY,
    ]
    assert_reconciled()
