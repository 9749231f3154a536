"""An event's prices as one table: made and changed together, or not at all."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection, transaction

from allocations.enums import Pricing
from allocations.errors import PricesRefusedError
from allocations.models import Listing, SalesChannel, Stock
from allocations.price_grid import Cell, Key, Outcome, Wish, set_prices
from common.actor import SYSTEM, Actor
from events.enums import EventStatus
from events.models import Event, Item
from tests.factories import Stage, make_channel, make_item, make_stage, make_user
from tests.kept import kept

TEN, TWELVE = Cell(Decimal("10.00")), Cell(Decimal("12.00"))


@kept
def stage(db: None) -> Stage:
    """Two items; the one channel sells the first."""
    found = make_stage(status=EventStatus.DRAFT)
    make_item(found.event, "Child", {found.pools["GA"]: 1})
    return found


def save(
    stage: Stage, wishes: Mapping[Key, Wish], reason: str = "test", by: Actor = SYSTEM
) -> Outcome:
    event = Event.objects.select_related("venue").get(pk=stage.event.pk)
    with transaction.atomic():
        return set_prices(event=event, wishes=wishes, by=by, reason=reason)


def key(stage: Stage, item: str, channel: SalesChannel | None = None) -> Key:
    found = Item.objects.get(event=stage.event, name=item)
    return found.pk, (channel or stage.channels["web"]).pk


def prices(stage: Stage) -> dict[tuple[str, str], tuple[Decimal, bool]]:
    return {
        (one.item.name, one.channel.name): (one.price, one.is_on)
        for one in Listing.objects.filter(event=stage.event).select_related("item", "channel")
    }


def test_listings_are_made_and_changed_in_one_save_with_a_reason(stage: Stage) -> None:
    agent = make_channel(stage.event.venue, "agent")
    user = make_user()
    done = save(
        stage,
        {
            key(stage, "Ticket"): Wish(TEN, TWELVE),
            key(stage, "Child"): Wish(None, TEN),
            key(stage, "Child", agent): Wish(None, Cell(Decimal("8.00"), is_on=False)),
            key(stage, "Ticket", agent): Wish(None, None),
        },
        "Prices of the season",
        Actor.person(user),
    )
    assert done == Outcome(made=2, changed=1)
    assert prices(stage) == {
        ("Ticket", "web"): (Decimal("12.00"), True),
        ("Child", "web"): (Decimal("10.00"), True),
        ("Child", "agent"): (Decimal("8.00"), False),
    }
    records = Listing.history.filter(event=stage.event, history_change_reason__startswith="Prices")
    assert {record.history_user for record in records} == {user}
    assert records.count() == 3
    assert Stock.objects.filter(pool=stage.pools["GA"], channel=agent).exists()


def test_an_emptied_cell_is_switched_off_and_keeps_its_price(stage: Stage) -> None:
    assert save(stage, {key(stage, "Ticket"): Wish(TEN, None)}) == Outcome(0, 1)
    assert prices(stage) == {("Ticket", "web"): (Decimal("10.00"), False)}


def test_a_cell_that_nobody_touched_is_not_written_over_what_others_set(stage: Stage) -> None:
    Listing.objects.filter(event=stage.event).update(price=15)
    done = save(stage, {key(stage, "Ticket"): Wish(TEN, TEN), key(stage, "Child"): Wish(None, TEN)})
    assert done == Outcome(1, 0)
    assert prices(stage)["Ticket", "web"] == (Decimal("15.00"), True)


def test_a_cell_that_two_people_changed_is_refused_with_what_each_says(stage: Stage) -> None:
    meera = make_user(name="Meera")
    first = {key(stage, "Ticket"): Wish(TEN, TWELVE)}
    save(stage, first, by=Actor.person(meera))
    both = {
        key(stage, "Ticket"): Wish(TEN, Cell(Decimal("11.00"))),
        key(stage, "Child"): Wish(None, TEN),
    }
    with pytest.raises(PricesRefusedError) as refused:
        save(stage, both)
    (problem,) = refused.value.problems
    assert problem.key == key(stage, "Ticket")
    assert problem.message.startswith(
        "Your page showed 10.00, you typed 11.00, and Meera has set 12.00, "
    )
    assert prices(stage) == {("Ticket", "web"): (Decimal("12.00"), True)}
    # The same wish twice is no conflict: a second press of the button changes nothing.
    assert save(stage, first) == Outcome(0, 0)


def test_whoever_prices_freely_needs_bounds_around_the_price(stage: Stage) -> None:
    free = make_channel(stage.event.venue, "free", pricing=Pricing.FREE)

    def problems(cell: Cell) -> list[tuple[str, str]]:
        with pytest.raises(PricesRefusedError) as refused:
            save(stage, {key(stage, "Ticket", free): Wish(None, cell)})
        return [(one.field, one.message) for one in refused.value.problems]

    unbounded = "The channel sets its prices freely: say between which bounds."
    assert problems(TEN) == [("floor", unbounded), ("ceiling", unbounded)]
    assert problems(Cell(Decimal(10), Decimal(11), Decimal(9))) == [
        ("floor", "The floor, 11, is above the price, 10."),
        ("ceiling", "The ceiling, 9, is below the price, 10."),
    ]
    assert [field for field, _told in problems(Cell(Decimal(-1), Decimal(0), Decimal(1)))] == [
        "price"
    ]
    assert save(
        stage, {key(stage, "Ticket", free): Wish(None, Cell(Decimal(10), Decimal(9), Decimal(11)))}
    ) == Outcome(1, 0)


def test_a_cell_of_another_venue_or_of_nothing_is_refused(stage: Stage) -> None:
    other = make_stage()
    strange = {
        key(stage, "Ticket", other.channels["web"]): Wish(None, TEN),
        (other.items["Ticket"].pk, stage.channels["web"].pk): Wish(None, TEN),
        (2**40, 2**40): Wish(None, TEN),
    }
    with pytest.raises(PricesRefusedError) as refused:
        save(stage, strange)
    assert [problem.key for problem in refused.value.problems] == list(strange)
    assert len(prices(stage)) == 1


def test_a_new_listing_begins_as_is_usual_for_its_channel(stage: Stage) -> None:
    agent = make_channel(
        stage.event.venue,
        "agent",
        usual_limit=40,
        usual_opens_hours=168,
        usual_closes_hours=2,
        usual_draws=True,
    )
    save(stage, {key(stage, "Ticket", agent): Wish(None, TEN)})
    listing = Listing.objects.get(channel=agent)
    starts = stage.event.starts_at
    assert (listing.limit, listing.sales_from, listing.sales_until) == (
        40,
        starts - timedelta(hours=168),
        starts - timedelta(hours=2),
    )
    assert Stock.objects.get(listing=listing).quantity == 40
    assert Stock.objects.get(pool=stage.pools["GA"], channel=agent).draws_on == stage.open_row()


def test_what_is_on_sale_is_given_no_stock_by_what_is_usual(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.ON_SALE)
    agent = make_channel(stage.event.venue, "agent", usual_draws=True)
    save(stage, {key(stage, "Ticket", agent): Wish(None, TEN)})
    assert Stock.objects.get(pool=stage.pools["GA"], channel=agent).draws_on is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_the_same_cell_at_once_one_is_refused() -> None:
    stage = make_stage()
    answers: list[str] = []

    def set_to(price: str) -> None:
        try:
            save(stage, {key(stage, "Ticket"): Wish(TEN, Cell(Decimal(price)))})
            answers.append("saved")
        except PricesRefusedError:
            answers.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=set_to, args=(price,)) for price in ("11.00", "12.00", "13.00")]
    with transaction.atomic():
        # All have begun before the first may go on.
        list(Event.objects.select_for_update(no_key=True).filter(pk=stage.event.pk))
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["refused", "refused", "saved"]
