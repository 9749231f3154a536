"""Offering many items at once: the same rows as one by one, in so many statements."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocations.enums import Pricing, StockKind
from allocations.models import Listing, Stock
from allocations.offers import list_items
from common.actor import SYSTEM, Actor
from events.models import Item
from tests.factories import make_channel, make_item, make_stage, make_user
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


def test_each_offer_is_a_listing_with_its_stock_and_its_record() -> None:
    stage = make_stage(pools={"GA": 10, "Car park": 5}, items={}, channels=(), give={})
    bundle = make_item(stage.event, "Bundle", dict.fromkeys(stage.pools.values(), 1))
    shops = [make_channel(stage.event.venue) for _ in range(2)]
    person = make_user()
    made = [Listing(item=bundle, channel=shop, price=Decimal(7)) for shop in shops]
    list_items(listings=made, by=Actor.person(person), reason="opening")
    assert [(row.item, row.channel, row.event, row.price) for row in made] == [
        (bundle, shop, stage.event, Decimal(7)) for shop in shops
    ]
    assert Stock.objects.filter(kind=StockKind.CHANNEL).count() == 4
    records = Listing.history.values_list("history_change_reason", "history_user", "history_type")
    assert list(records) == [("opening", person.pk, "+")] * 2


def test_a_free_price_without_bounds_is_refused_and_nothing_is_listed() -> None:
    stage = make_stage(channels=(), give={})
    shop = make_channel(stage.event.venue, pricing=Pricing.FREE)
    offers = [Listing(item=stage.items["Ticket"], channel=shop, price=Decimal(7))]
    with nothing_changed(), pytest.raises(ValidationError, match="prices freely"):
        list_items(listings=offers, by=SYSTEM, reason="opening")
    assert not Listing.objects.exists()


def test_the_statements_do_not_grow_with_the_offers() -> None:
    counts = []
    for number in (1, 6):
        stage = make_stage(channels=(), give={})
        shops = [make_channel(stage.event.venue) for _ in range(number)]
        item = Item.objects.select_related("event").get(pk=stage.items["Ticket"].pk)
        offers = [Listing(item=item, channel=shop, price=Decimal(7)) for shop in shops]
        with CaptureQueriesContext(connection) as statements:
            list_items(listings=offers, by=SYSTEM, reason="opening")
        counts.append(len(statements))
    assert counts[0] == counts[1]
