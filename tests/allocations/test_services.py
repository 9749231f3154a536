"""Pools, allocations and drawing terms: accepted with a movement, or refused with the numbers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import services
from allocations.enums import MovementKind, StockKind
from allocations.errors import (
    CapacityError,
    RowRefusal,
    SamePoolError,
    SetUpOverError,
    StockRefusedError,
)
from allocations.models import Stock
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, RefusedError
from events.enums import EventStatus
from sales import services as sales
from tests.factories import (
    Counters,
    Stage,
    counters,
    id_of,
    make_channel,
    make_event,
    make_stage,
    make_user,
)
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(
        pools={"GA": 100, "Car park": 10}, channels=("web", "desk"), give={("GA", "web"): 40}
    )


def set_capacity(stage: Stage, capacity: int, *, by: Actor = SYSTEM) -> None:
    with transaction.atomic():
        services.set_capacity(pool=stage.pools["GA"], capacity=capacity, by=by, reason="fire law")


def move(source: Stock, target: Stock, units: int) -> None:
    with transaction.atomic():
        services.move_quantity(source=source, target=target, units=units, by=SYSTEM, reason="test")


def refused(act: Callable[[], object], error: type[RefusedError]) -> RefusedError:
    with nothing_changed(), pytest.raises(error) as caught:
        act()
    return caught.value


def test_a_new_pool_lies_in_its_open_row() -> None:
    event, user = make_event(), make_user()
    pool = services.add_pool(
        event=event, name="GA", capacity=50, by=Actor.person(user), reason="Set up", position=3
    )
    row = services.general_row(pool)
    assert (pool.capacity, pool.position, counters(row)) == (50, 3, Counters(50, 0, 0, 0))
    record = pool.history.earliest()
    assert (record.history_change_reason, record.history_user) == ("Set up", user)
    assert (str(pool), str(row)) == ("GA", "GA · open stock")


def test_an_empty_pool_has_a_row_without_movements() -> None:
    pool = services.add_pool(event=make_event(), name="GA", capacity=0, by=SYSTEM)
    assert services.general_row(pool).version == 0


def test_a_capacity_grows_and_shrinks_by_the_open_row(stage: Stage) -> None:
    user = make_user()
    set_capacity(stage, 130, by=Actor.person(user))
    assert stage.open_row().quantity == 90
    set_capacity(stage, 40)
    assert stage.open_row().quantity == 0
    record = stage.pools["GA"].history.all()[1]
    assert (record.capacity, record.history_user) == (130, user)
    assert record.history_change_reason == "fire law"
    movement = stage.open_row().movements.all()[1]
    assert (movement.kind, movement.delta_quantity, movement.reason, movement.user_id) == (
        MovementKind.CAPACITY,
        30,
        "fire law",
        user.pk,
    )
    with nothing_changed():
        set_capacity(stage, 40)
    assert_reconciled()


def test_a_capacity_shrinks_by_what_is_free_in_the_open_row_alone(stage: Stage) -> None:
    stage.row(channel="desk")
    stage.sell([("Ticket", 15)])
    refusal = refused(lambda: set_capacity(stage, 39), CapacityError)
    assert refusal.numbers == {
        "asked": 61,
        "free": 60,
        "free_in_channels": {"GA · web": 25, "GA · desk": 0},
    }
    stage.pools["GA"].refresh_from_db()
    assert stage.pools["GA"].capacity == 100


@pytest.mark.parametrize("capacity", [-1, 10_000_001])
def test_an_absurd_capacity_is_refused(stage: Stage, capacity: int) -> None:
    assert refused(lambda: set_capacity(stage, capacity), InvalidInputError).field == "capacity"


def test_free_units_move_between_the_rows_of_a_pool(stage: Stage) -> None:
    web, desk = stage.row(), stage.row(channel="desk")
    stage.hold([("Ticket", 10)])
    stage.sell([("Ticket", 10)])
    move(web, desk, 20)
    assert (stage.counters(), counters(desk)) == (Counters(20, 10, 10, 0), Counters(20, 0, 0, 0))
    refusal = refused(lambda: move(web, desk, 1), StockRefusedError)
    assert refusal.numbers == {"asked": 1, "free": 0}
    move(desk, stage.open_row(), 20)
    assert stage.open_row().quantity == 80
    assert_reconciled()


@pytest.mark.parametrize("units", [0, -5, 10_000_001])
def test_an_absurd_number_of_units_is_not_moved(stage: Stage, units: int) -> None:
    web, general = stage.row(), stage.open_row()
    assert refused(lambda: move(web, general, units), InvalidInputError).field == "units"


def test_units_stay_in_their_pool(stage: Stage) -> None:
    web, park = stage.row(), stage.open_row("Car park")
    limit = Stock.objects.create(
        event=stage.event, kind=StockKind.LIMIT, item=stage.items["Ticket"]
    )
    for source, target in ((web, park), (park, web), (web, web), (limit, limit), (limit, web)):
        refused(lambda source=source, target=target: move(source, target, 1), SamePoolError)  # type: ignore[misc]


def test_a_ceiling_ends_what_a_row_is_given(stage: Stage) -> None:
    stage.draw(ceiling=45)
    web = stage.row()
    refusal = refused(lambda: move(stage.open_row(), web, 6), StockRefusedError)
    assert refusal.numbers == {"asked": 6, "free": 5}
    assert isinstance(refusal, StockRefusedError)
    assert refusal.tightest == RowRefusal(web.pk, "CEILING", 6, 5)
    move(stage.open_row(), web, 5)
    refusal = refused(lambda: stage.draw(ceiling=44), StockRefusedError)
    assert refusal.numbers == {"asked": 45, "free": 44}


def test_rows_are_made_once_and_found_again(stage: Stage) -> None:
    pool, desk = stage.pools["Car park"], stage.channels["desk"]
    row = services.channel_row(pool=pool, channel=desk)
    assert services.channel_row(pool=pool, channel=desk) == row
    named = services.named_row(pool=pool, name="partners")
    assert services.named_row(pool=pool, name="partners") == named
    assert services.named_row(pool=pool, name="") == services.general_row(pool)
    assert (str(row), str(named)) == ("Car park · desk", "Car park · partners")


def test_another_open_row_turns_what_was_drawn_into_allocation(stage: Stage) -> None:
    stage.draw()
    booking = id_of(stage.sell([("Ticket", 50)]))
    assert stage.counters() == Counters(50, 0, 50, 10)
    stage.draw(ceiling=60)
    assert stage.counters() == Counters(50, 0, 50, 10)
    stage.draw(on="partners")
    assert stage.counters() == Counters(50, 0, 50, 0)
    line = stage.row().movements.first()
    assert line is not None
    assert (line.kind, line.delta_drawn, line.quantity, line.reason) == (
        MovementKind.TERMS,
        -10,
        50,
        "test",
    )

    sales.cancel(booking, by=SYSTEM, reason="test")
    assert stage.counters() == Counters(50, 0, 0, 0)
    assert_reconciled()


def test_a_channel_that_draws_no_more_keeps_what_it_drew(stage: Stage) -> None:
    stage.draw()
    stage.sell([("Ticket", 50)])
    with transaction.atomic():
        services.set_drawing(row=stage.row(), draws_on=None, by=SYSTEM, reason="test")
    assert stage.counters() == Counters(50, 0, 50, 0)
    assert_reconciled()


def test_a_window_decides_when_a_channel_draws(stage: Stage) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    for start, end, may in (
        (now - hour, now + hour, True),
        (now - hour, None, True),
        (None, now + hour, True),
        (now + hour, None, False),
        (None, now - hour, False),
    ):
        stage.draw(draws_from=start, draws_until=end)
        if may:
            booking = id_of(stage.sell([("Ticket", 41)]))

            sales.cancel(booking, by=SYSTEM, reason="test")
        else:
            refused(lambda: stage.sell([("Ticket", 41)]), RefusedError)


def test_what_was_drawn_returns_although_the_window_has_closed(stage: Stage) -> None:

    stage.draw()
    booking = id_of(stage.sell([("Ticket", 50)]))
    stage.draw(draws_until=timezone.now() - timedelta(hours=1))
    sales.cancel(booking, by=SYSTEM, reason="test")
    assert stage.counters() == Counters(40, 0, 0, 0)
    assert stage.open_row().quantity == 60
    assert_reconciled()


def test_unlawful_terms_are_refused(stage: Stage) -> None:
    web, general = stage.row(), stage.open_row()
    now = timezone.now()

    def draw(row: Stock, on: Stock | None, **terms: object) -> Callable[[], None]:
        return lambda: services.set_drawing(
            row=row,
            draws_on=on,
            by=SYSTEM,
            reason="test",
            **terms,  # type: ignore[arg-type]
        )

    assert refused(draw(general, None), SamePoolError).field == "draws_on"
    refused(draw(web, stage.row(channel="desk")), SamePoolError)
    refused(draw(web, stage.open_row("Car park")), SamePoolError)
    refusal = refused(draw(web, general, draws_from=now, draws_until=now), InvalidInputError)
    assert refusal.field == "draws_until"
    assert refused(draw(web, general, ceiling=-1), InvalidInputError).field == "ceiling"
    for field, year in (("draws_from", 1), ("draws_until", 9999)):
        moment = datetime(year, 6, 1, tzinfo=stage.event.venue.zone)
        refusal = refused(draw(web, general, **{field: moment}), InvalidInputError)
        assert refusal.field == field
        assert refusal.detail == "A date lies between 2000-01-01 and 2100-01-01, UTC."


def test_a_listing_finds_its_channels_rows_made(stage: Stage) -> None:
    channel = make_channel(stage.event.venue, "new")
    listing = services.list_item(
        item=stage.items["Ticket"], channel=channel, price=Decimal(7), reason="New", is_on=False
    )
    assert (listing.event, listing.price, listing.is_on) == (stage.event, Decimal(7), False)
    assert listing.history.get().history_change_reason == "New"
    assert Stock.objects.filter(channel=channel, pool=stage.pools["GA"]).count() == 1
    assert not Stock.objects.filter(channel=channel, pool=stage.pools["Car park"]).exists()
    assert str(listing) == "Ticket · new"


def test_reasons_are_cut_to_what_a_movement_holds(stage: Stage) -> None:
    services.move_quantity(
        source=stage.row(), target=stage.open_row(), units=1, by=SYSTEM, reason="x" * 400
    )
    line = stage.row().movements.first()
    assert line is not None
    assert line.reason == "x" * 300
    assert str(line) == f"Moved · {line.stock_id} · {line.version}"


def test_units_move_freely_only_while_the_event_is_set_up() -> None:
    stage = make_stage(status=EventStatus.DRAFT)
    services.require_set_up(stage.pools["GA"])
    stage.event.status = EventStatus.ON_SALE
    stage.event.save()
    with pytest.raises(SetUpOverError, match="by transfers from now on"):
        services.require_set_up(stage.pools["GA"])
