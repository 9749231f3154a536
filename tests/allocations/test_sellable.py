"""Sellable: the same number that the ledger would sell, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from allocations.models import Stock
from allocations.sellable import Sellable, sellable
from allocations.setup import EventSetup
from common.actor import SYSTEM
from events.models import Component
from sales import limits
from sales.errors import SoldOutError
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


def sellable_of(stage: Stage, item: str = "Ticket") -> Sellable:
    rows = {row.pk: row for row in Stock.objects.filter(event=stage.event)}
    setup = EventSetup.load(stage.event.pk)
    now = datetime.now(tz=UTC)
    return sellable(setup, rows, stage.items[item].pk, stage.channels["web"].pk, now)


@kept
def stage() -> Stage:
    return make_stage(
        pools={"GA": 100, "Car park": 10},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 1, "Car park": 1}, "Family": {"GA": 4}},
        give={("GA", "web"): 30, ("Car park", "web"): 5},
    )


def test_own_free_units_bound_a_channel_that_does_not_draw(stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    assert sellable_of(stage) == Sellable(27, 30, "stock")
    assert sellable_of(stage, "Family") == Sellable(6, 7, "stock")
    assert sellable_of(stage, "Bundle") == Sellable(5, 5, "stock")


def test_the_open_row_and_the_ceiling_bound_one_that_does(stage: Stage) -> None:
    stage.draw()
    assert sellable_of(stage) == Sellable(100, 100, "open")
    stage.draw(ceiling=50)
    assert sellable_of(stage) == Sellable(50, 50, "plan")
    stage.draw(ceiling=100)
    assert sellable_of(stage) == Sellable(100, 100, "open")
    stage.draw(draws_from=datetime.now(tz=UTC) + timedelta(hours=1))
    early = sellable_of(stage)
    assert (early.count, early.possible, early.limited_by) == (30, 30, "stock")


def test_limits_bound_it_too(stage: Stage) -> None:
    with transaction.atomic():
        limits.set_item_limit(item=stage.items["Ticket"], limit=20, by=SYSTEM, reason="test")
    assert sellable_of(stage) == Sellable(20, 20, "item")
    with transaction.atomic():
        limits.set_listing_limit(listing=stage.listing(), limit=15, by=SYSTEM, reason="test")
    assert sellable_of(stage) == Sellable(15, 15, "listing")
    assert sellable_of(stage, "Family") == Sellable(7, 7, "stock")


def test_an_item_without_stock_sells_nothing(stage: Stage) -> None:
    Component.objects.all().delete()
    assert sellable_of(stage) == Sellable(0, 0, "stock")


@pytest.mark.parametrize("item", ["Ticket", "Bundle", "Family"])
def test_what_is_called_sellable_is_sold_and_one_more_is_refused(stage: Stage, item: str) -> None:
    stage.draw(ceiling=41)
    count = sellable_of(stage, item)
    with pytest.raises(SoldOutError) as caught:
        stage.sell([(item, count.count + 1)])
    assert caught.value.numbers == {
        "asked": count.count + 1,
        "sellable": count.count,
        "limited_by": count.limited_by,
    }
    stage.sell([(item, count.count)])
    assert sellable_of(stage, item).count == 0
