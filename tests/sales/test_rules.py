"""May this channel sell this now, and at which price? Each refusal by its code, and no change."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocations.enums import Pricing
from allocations.models import Listing
from allocations.sellable_sets import on_sale_now
from common.actor import SYSTEM
from common.clock import utc
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.enums import EventStatus, ItemKind
from events.models import Component, Event
from sales import services as sales
from sales.errors import (
    NotOnSaleError,
    OutsideSalesWindowError,
    PriceOutOfRangeError,
    SoldOutError,
    StopSellError,
)
from sales.orders import Order, OrderLine
from tests.factories import Stage, make_channel, make_item, make_stage
from tests.kept import kept
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


def change(instance: Any, **fields: object) -> None:
    for name, value in fields.items():
        setattr(instance, name, value)
    instance.save()


def day_after(event: Event) -> str:
    day = event.local_start.date() + timedelta(days=1)
    return utc(datetime.combine(day, time(), event.venue.zone))


def refused(stage: Stage, error: type[RefusedError], **terms: Any) -> RefusedError:
    """Try to sell; the refusal is of this class and has changed nothing."""
    with nothing_changed(), pytest.raises(error) as caught:
        stage.sell(**terms)
    return caught.value


@pytest.mark.parametrize(
    "status", [status for status in EventStatus if status != EventStatus.ON_SALE]
)
def test_an_event_sells_only_while_it_is_on_sale(stage: Stage, status: EventStatus) -> None:
    change(stage.event, status=status)
    refusal = refused(stage, NotOnSaleError)
    assert refusal.field == "event"
    assert refusal.numbers == {"event_status": status}


def test_whoever_stops_a_sale_says_why(stage: Stage) -> None:
    for part, field in (
        (stage.event, "event"),
        (stage.channels["web"], "channel"),
        (stage.items["Ticket"], "lines[0].item"),
        (stage.listing(), "lines[0].item"),
    ):
        change(part, stop_reason="Storm")
        refusal = refused(stage, StopSellError)
        assert refusal.field == field
        assert refusal.detail.endswith("Storm")
        change(part, stop_reason="")
    stage.sell()


@pytest.mark.parametrize("what", ["event", "item", "listing"])
@pytest.mark.parametrize(("start", "end"), [(1, None), (None, -1), (-2, -1), (1, 2)])
def test_nothing_is_sold_outside_its_window(
    stage: Stage, what: str, start: int | None, end: int | None
) -> None:
    part = {"event": stage.event, "item": stage.items["Ticket"], "listing": stage.listing()}[what]
    now = datetime.now(tz=UTC)
    window = {
        "sales_from": None if start is None else now + timedelta(hours=start),
        "sales_until": None if end is None else now + timedelta(hours=end),
    }
    change(part, **window)
    refusal = refused(stage, OutsideSalesWindowError)
    said = {name: utc(moment) for name, moment in window.items()}
    if what == "event" and end is None:
        # An event that names no end is sold until its day is over at the venue.
        said["sales_until"] = day_after(stage.event)
    assert refusal.numbers == said
    change(part, sales_from=now - timedelta(hours=1), sales_until=now + timedelta(hours=1))
    stage.sell()


def test_a_listing_that_is_off_sells_nothing(stage: Stage) -> None:
    change(stage.listing(), is_on=False)
    assert refused(stage, NotOnSaleError).field == "lines[0].item"


def test_a_same_day_deal_is_sold_on_the_day_of_the_event(stage: Stage) -> None:
    change(stage.items["Ticket"], kind=ItemKind.SAME_DAY)
    assert "on the day of the event alone" in refused(stage, OutsideSalesWindowError).detail
    local = datetime.now(tz=stage.event.venue.zone)
    change(stage.event, starts_at=local.replace(hour=23, minute=59), sales_until=None)
    stage.sell()


@pytest.mark.parametrize("days_ago", [1, 3], ids=["a night past midnight", "a festival"])
def test_a_same_day_deal_is_sold_until_the_event_is_over(stage: Stage, days_ago: int) -> None:
    now = datetime.now(tz=UTC)
    change(stage.items["Ticket"], kind=ItemKind.SAME_DAY)
    change(
        stage.event, starts_at=now - timedelta(days=days_ago), ends_at=now + timedelta(minutes=30)
    )
    stage.sell()
    channel_map_says = Listing.objects.filter(on_sale_now(Event.objects.all(), now)).count()
    assert channel_map_says == 1
    change(stage.event, ends_at=now, sales_until=now + timedelta(days=1))
    assert refused(stage, OutsideSalesWindowError).field == "event"
    assert Listing.objects.filter(on_sale_now(Event.objects.all(), now)).count() == 0


def test_an_item_without_stock_in_the_channel_is_not_on_sale(stage: Stage) -> None:
    Component.objects.all().delete()
    assert refused(stage, NotOnSaleError).field == "lines[0].item"


def test_an_item_of_which_the_channel_has_no_part_is_not_on_sale(stage: Stage) -> None:
    channel = make_channel(stage.event.venue, "new")
    Listing.objects.create(item=stage.items["Ticket"], channel=channel, price=1)
    order = Order(stage.event.pk, channel.pk, [OrderLine(stage.items["Ticket"].pk, 1)])
    with nothing_changed(), pytest.raises(NotOnSaleError):
        sales.book(order, by=SYSTEM)


def test_what_the_channel_does_not_list_is_not_found(stage: Stage) -> None:
    unlisted = make_item(stage.event, "Unlisted", {stage.pools["GA"]: 1})
    stranger = make_channel(stage.event.venue)
    web, ticket = stage.channels["web"].pk, stage.items["Ticket"].pk
    for order in (
        Order(stage.event.pk, web, [OrderLine(unlisted.pk, 1)]),
        Order(stage.event.pk, web, [OrderLine(make_stage().items["Ticket"].pk, 1)]),
        Order(stage.event.pk, stranger.pk, [OrderLine(ticket, 1)]),
        Order(0, web, [OrderLine(ticket, 1)]),
    ):
        with nothing_changed(), pytest.raises(NotFoundError):
            sales.book(order, by=SYSTEM)


@pytest.mark.parametrize("quantity", [0, -1, 10_001])
def test_a_line_has_a_sane_number_of_tickets(stage: Stage, quantity: int) -> None:
    refusal = refused(stage, InvalidInputError, lines=[("Ticket", 1), ("Ticket", quantity)])
    assert refusal.field == "lines[1].quantity"


@pytest.mark.parametrize("lines", [0, 51])
def test_an_order_has_1_to_50_lines(stage: Stage, lines: int) -> None:
    assert refused(stage, InvalidInputError, lines=[("Ticket", 1)] * lines).field == "lines"


def test_an_item_has_its_least_and_max_per_booking(stage: Stage) -> None:
    change(stage.items["Ticket"], min_per_booking=2, max_per_booking=4)
    refusal = refused(stage, InvalidInputError, lines=[("Ticket", 1)])
    assert refusal.numbers == {"asked": 1, "minimum": 2, "maximum": 4}
    refused(stage, InvalidInputError, lines=[("Ticket", 3), ("Ticket", 2)])
    stage.sell([("Ticket", 1), ("Ticket", 1)])
    change(stage.items["Ticket"], max_per_booking=None)
    refusal = refused(stage, InvalidInputError, lines=[("Ticket", 1)])
    assert refusal.detail == "One booking can have 2 to any number of Ticket, and not 1."
    stage.sell([("Ticket", 40)])


def ask(stage: Stage, price: str) -> str:
    line = OrderLine(stage.items["Ticket"].pk, 1, Decimal(price))
    order = Order(stage.event.pk, stage.channels["web"].pk, [line], confirm=True)
    return str(sales.book(order, by=SYSTEM).data["lines"][0]["unit_price"])


def test_a_channel_with_fixed_prices_asks_the_list_price(stage: Stage) -> None:
    change(stage.listing(), price_floor=Decimal(5), price_ceiling=Decimal(20))
    assert ask(stage, "10") == "10.00"
    for price in ("9.99", "10.01", "-1"):
        with nothing_changed(), pytest.raises(PriceOutOfRangeError) as caught:
            ask(stage, price)
        assert caught.value.numbers == {
            "asked": price,
            "price_floor": "10.00",
            "price_ceiling": "10.00",
        }


def test_a_channel_with_free_prices_stays_between_floor_and_ceiling(stage: Stage) -> None:
    change(stage.channels["web"], pricing=Pricing.FREE)
    assert ask(stage, "10") == "10.00"
    with nothing_changed(), pytest.raises(PriceOutOfRangeError) as caught:
        ask(stage, "9.99")
    assert caught.value.numbers == {
        "asked": "9.99",
        "price_floor": "10.00",
        "price_ceiling": "10.00",
    }
    change(stage.listing(), price_floor=Decimal(5), price_ceiling=Decimal(20))
    assert [ask(stage, price) for price in ("5", "20.00")] == ["5.00", "20.00"]
    for price in ("4.99", "20.01"):
        with nothing_changed(), pytest.raises(PriceOutOfRangeError):
            ask(stage, price)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "1E+12", "10000000000", "10.001"])
def test_a_price_is_an_amount_of_money(stage: Stage, price: str) -> None:
    change(stage.channels["web"], pricing=Pricing.FREE)
    with nothing_changed(), pytest.raises(InvalidInputError) as caught:
        ask(stage, price)
    assert caught.value.field == "lines[0].unit_price"


@pytest.mark.parametrize("seconds", [0, -1, 3_601])
def test_a_hold_is_no_longer_than_the_channel_allows(stage: Stage, seconds: int) -> None:
    with nothing_changed(), pytest.raises(InvalidInputError) as caught:
        stage.hold(expires_in_seconds=seconds)
    assert caught.value.numbers == {"asked": seconds, "longest": 3_600}


def test_a_refusal_for_lack_of_stock_says_it_in_tickets_of_the_line() -> None:
    stage = make_stage(
        pools={"GA": 10, "Car park": 3},
        items={"Family": {"GA": 4}, "Bundle": {"GA": 1, "Car park": 1}, "Ticket": {"GA": 1}},
    )
    refusal = refused(stage, SoldOutError, lines=[("Family", 3)])
    assert refusal.detail == "3 Family asked for, 2 can be sold."
    assert refusal.field == "lines[0].quantity"
    assert refusal.numbers == {"asked": 3, "sellable": 2, "limited_by": "stock"}
    refusal = refused(stage, SoldOutError, lines=[("Ticket", 1), ("Bundle", 4)])
    assert refusal.field == "lines[1].quantity"
    assert refusal.numbers == {"asked": 4, "sellable": 3, "limited_by": "stock"}
    refusal = refused(stage, SoldOutError, lines=[("Family", 2), ("Ticket", 3)])
    assert refusal.detail == "11 units of GA asked for, 10 can be sold."
    assert refusal.field == "lines"
    assert refusal.numbers == {"asked": 11, "sellable": 10, "limited_by": "stock"}


def test_a_refusal_by_the_open_row_or_its_ceiling_says_so() -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw(ceiling=30)
    refusal = refused(stage, SoldOutError, lines=[("Ticket", 31)])
    assert refusal.numbers == {"asked": 31, "sellable": 30, "limited_by": "plan"}
    stage.draw(ceiling=None)
    refusal = refused(stage, SoldOutError, lines=[("Ticket", 101)])
    assert refusal.numbers == {"asked": 101, "sellable": 100, "limited_by": "open"}
    stage.draw(ceiling=100)  # both end at 100: the plan has promised no more than there is
    refusal = refused(stage, SoldOutError, lines=[("Ticket", 101)])
    assert refusal.numbers == {"asked": 101, "sellable": 100, "limited_by": "open"}
    soon = datetime.now(tz=UTC) + timedelta(hours=1)
    stage.draw(draws_from=soon)
    refusal = refused(stage, SoldOutError, lines=[("Ticket", 11)])
    assert refusal.numbers == {"asked": 11, "sellable": 10, "limited_by": "stock"}
