"""An event's set-up again on other dates: each copy whole and empty, all or none."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from allocations import services
from allocations.copying import MAX_DATES, copy_event, taken_starts
from allocations.models import Listing, Movement, Stock
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError
from events.enums import EventStatus, ItemKind
from events.errors import DateTakenError
from events.models import Component, Event, Item, Pool, Series
from sales import limits
from tests.factories import Stage, make_event, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


NOW = at("2026-10-01T12:00")
START = at("2026-10-20T19:30")
NEXT = at("2026-11-03T20:30")


@kept
def stage() -> Stage:
    """A date with everything on it; two channels draw, one of them on shared stock."""
    stage = make_stage(
        venue=make_venue(time_zone="Europe/Berlin"),
        pools={"GA": 100, "Car park": 30},
        items={"Ticket": {"GA": 1}, "With car": {"GA": 1, "Car park": 1}},
        channels=("web", "agent"),
        give={("GA", "web"): 40, ("GA", "agent"): 5, ("Car park", "web"): 30},
        starts_at=START,
        ends_at=at("2026-10-20T22:30"),
        sales_until=at("2026-10-20T19:00"),
        status=EventStatus.ON_SALE,
        stop_reason="For a moment",
    )
    with transaction.atomic():
        shared = services.named_row(pool=stage.pools["GA"], name="all partners")
        services.move_quantity(
            source=stage.open_row(), target=shared, units=20, by=SYSTEM, reason="test"
        )
        limits.set_item_limit(item=stage.items["With car"], limit=25, by=SYSTEM, reason="test")
        limits.set_listing_limit(listing=stage.listing(), limit=35, by=SYSTEM, reason="test")
        limits.set_item_limit(item=stage.items["Ticket"], limit=90, by=SYSTEM, reason="test")
        limits.set_item_limit(item=stage.items["Ticket"], limit=None, by=SYSTEM, reason="test")
    stage.draw("agent", on="all partners", draws_from=at("2026-10-06T00:00"), ceiling=18)
    Item.objects.filter(pk=stage.items["Ticket"].pk).update(
        kind=ItemKind.EARLY_BIRD,
        min_per_booking=2,
        max_per_booking=8,
        sales_from=at("2026-10-13T09:00"),
        stop_reason="Sold by mistake",
    )
    Listing.objects.filter(pk=stage.listing().pk).update(
        price_floor="8.00",
        price_ceiling="12.00",
        sales_until=at("2026-10-20T17:00"),
        is_on=False,
        stop_reason="Wrong price",
    )
    return stage


def copy(stage: Stage, *starts: datetime, by: Actor = SYSTEM, **terms: Any) -> list[Event]:
    with transaction.atomic():
        return copy_event(
            event_id=stage.event.pk,
            starts=list(starts or [NEXT]),
            by=by,
            reason="Season",
            now=NOW,
            **terms,
        )


def allocation(event: Event, *, pool: str = "GA") -> dict[str, int]:
    rows = Stock.objects.filter(event=event, pool__name=pool).select_related("channel")
    return {row.channel.name if row.channel else row.name: row.quantity for row in rows}


def book_something(stage: Stage) -> None:
    """Sold and drawn; the copies know nothing of it."""
    Event.objects.filter(pk=stage.event.pk).update(stop_reason="", sales_until="2090-01-01T12:00Z")
    with stage.still_to_come():
        stage.sell([("With car", 1)], channel="web")
    with stage.still_to_come(), transaction.atomic():
        services.move_quantity(
            source=stage.row("Car park"),
            target=stage.row("Car park", "agent"),
            units=12,
            by=SYSTEM,
            reason="test",
        )
    with stage.still_to_come():
        stage.sell([("With car", 11)], channel="agent")


def test_a_copy_is_a_draft_of_the_same_series_with_every_time_on_the_venues_clock(
    stage: Stage,
) -> None:
    (made,) = copy(stage)
    made.refresh_from_db()
    assert (made.status, made.name, made.venue_id, made.stop_reason) == (
        EventStatus.DRAFT,
        stage.event.name,
        stage.event.venue_id,
        "",
    )
    assert (made.starts_at, made.ends_at) == (NEXT, at("2026-11-03T23:30"))
    assert made.sales_until == at("2026-11-03T20:00")
    item = Item.objects.get(event=made, name="Ticket")
    assert item.sales_from == at("2026-10-27T10:00")  # after summer time has ended
    assert Listing.objects.get(item=item, channel=stage.channels["web"]).sales_until == at(
        "2026-11-03T18:00"
    )
    row = Stock.objects.get(event=made, pool__name="GA", channel=stage.channels["agent"])
    assert row.draws_from == at("2026-10-20T01:00")


def test_a_copy_has_the_pools_items_and_listings_and_no_stop(stage: Stage) -> None:
    (made,) = copy(stage)
    assert list(Pool.objects.filter(event=made).values_list("name", "capacity")) == [
        ("GA", 100),
        ("Car park", 30),
    ]
    ticket, with_car = Item.objects.filter(event=made).order_by("pk")
    assert (ticket.kind, ticket.min_per_booking, ticket.max_per_booking, ticket.limit) == (
        ItemKind.EARLY_BIRD,
        2,
        8,
        None,
    )
    assert (with_car.limit, ticket.stop_reason) == (25, "")
    assert list(
        Component.objects.filter(item__event=made).values_list("item__name", "pool__name", "units")
    ) == [("Ticket", "GA", 1), ("With car", "GA", 1), ("With car", "Car park", 1)]
    listing = Listing.objects.get(item=ticket, channel=stage.channels["web"])
    assert (listing.price, listing.price_floor, listing.price_ceiling, listing.limit) == (
        Decimal("10.00"),
        Decimal("8.00"),
        Decimal("12.00"),
        35,
    )
    assert (listing.is_on, listing.stop_reason) == (False, "")
    assert Listing.objects.filter(event=made).count() == 4
    assert_reconciled()


def test_each_channel_has_its_allocation_as_it_was_set_up_and_draws_as_before(
    stage: Stage,
) -> None:
    (made,) = copy(stage)
    assert allocation(made) == {"": 35, "all partners": 20, "web": 40, "agent": 5}
    assert allocation(made, pool="Car park") == {"": 0, "web": 30, "agent": 0}
    row = Stock.objects.get(event=made, pool__name="GA", channel=stage.channels["agent"])
    shared = Stock.objects.get(event=made, name="all partners")
    assert (row.draws_on_id, row.ceiling) == (shared.pk, 18)
    assert_reconciled()


def test_what_was_sold_and_drawn_is_not_copied(stage: Stage) -> None:
    before = allocation(stage.event)
    book_something(stage)
    assert Stock.objects.get(pk=stage.row(channel="agent").pk).drawn == 6
    (made,) = copy(stage)
    assert allocation(made) == before
    assert set(Stock.objects.filter(event=made).values_list("held", "sold", "drawn")) == {(0, 0, 0)}
    limit = Stock.objects.get(event=made, item__isnull=False)
    assert (limit.quantity, limit.sold) == (25, 0)
    assert_reconciled()


def test_without_allocations_all_units_lie_in_the_open_stock(stage: Stage) -> None:
    (made,) = copy(stage, with_allocations=False)
    assert allocation(made) == {"": 100, "all partners": 0, "web": 0, "agent": 0}
    assert_reconciled()


def test_a_copy_is_published_and_sold(stage: Stage) -> None:
    (made,) = copy(stage, at("2090-01-01T19:30"))
    own = Stage(
        made,
        {pool.name: pool for pool in made.pools.all()},
        {item.name: item for item in made.items.all()},
        stage.channels,
    )
    Event.objects.filter(pk=made.pk).update(status=EventStatus.ON_SALE)
    own.sell([("With car", 2)])
    assert_reconciled()


def test_history_and_movements_say_who_and_why(stage: Stage) -> None:
    user = make_user()
    (made,) = copy(stage, by=Actor.person(user))
    for one in (
        made,
        *made.pools.all(),
        *made.items.all(),
        *made.listings.all(),
        *Component.objects.filter(item__event=made),
    ):
        (record,) = type(one).history.filter(id=one.pk)  # type: ignore[attr-defined]
        assert (record.history_type, record.history_change_reason, record.history_user) == (
            "+",
            "Season",
            user,
        )
    causes = Movement.objects.filter(stock__event=made).values_list("reason", "user_id")
    # What partners may read of the ledger says that it is a copy, and not why.
    assert set(causes) == {(f"Copied from {stage.event}", user.pk)}


def test_an_event_without_a_series_begins_one_of_its_name(stage: Stage) -> None:
    made = copy(stage, NEXT, at("2026-11-04T19:30"))
    series = Series.objects.get()
    assert (series.name, series.venue_id) == (stage.event.name, stage.event.venue_id)
    assert list(Event.objects.filter(series=series)) == [stage.event, *made]
    record = Event.history.filter(id=stage.event.pk).latest()
    assert (record.series_id, record.history_change_reason) == (series.pk, "Season")


def test_or_it_joins_the_venues_series_of_that_name(stage: Stage) -> None:
    series = Series.objects.create(venue=stage.event.venue, name=stage.event.name)
    Series.objects.create(venue=make_venue(), name=stage.event.name)
    (made,) = copy(stage)
    assert made.series == Event.objects.get(pk=stage.event.pk).series == series


def refused(stage: Stage, error: type[Exception], text: str, *starts: datetime) -> None:
    events = Event.objects.count()
    with nothing_changed(), pytest.raises(error, match=text):
        copy(stage, *starts)
    assert (Event.objects.count(), Series.objects.count()) == (events, 0)


def test_where_there_is_an_event_none_is_made_and_the_dates_are_named(stage: Stage) -> None:
    make_event(stage.event.venue, name=stage.event.name, starts_at=at("2026-11-10T19:30"))
    starts = [NEXT, at("2026-11-10T19:30"), START]
    assert taken_starts(stage.event, starts) == [START, at("2026-11-10T19:30")]
    refused(stage, DateTakenError, "on 20 Oct 2026, 19:30 CEST; 10 Nov 2026, 19:30 CET", *starts)


def test_an_event_of_the_series_under_another_name_stands_in_the_way_too(stage: Stage) -> None:
    series = Series.objects.create(venue=stage.event.venue, name=stage.event.name)
    make_event(stage.event.venue, name="Matinee", series=series, starts_at=NEXT)
    assert taken_starts(stage.event, [NEXT]) == [NEXT]
    Event.objects.filter(pk=stage.event.pk).update(series=series)
    stage.event.refresh_from_db()
    assert taken_starts(stage.event, [NEXT]) == [NEXT]


def test_a_cancelled_date_is_set_up_anew(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.CANCELLED)
    (made,) = copy(stage, START)
    assert (made.starts_at, made.status) == (START, EventStatus.DRAFT)


def test_another_venues_event_of_that_name_stands_in_nobodys_way(stage: Stage) -> None:
    make_event(make_venue(), name=stage.event.name, starts_at=NEXT)
    assert len(copy(stage)) == 1


@pytest.mark.parametrize(
    ("starts", "text"),
    [
        ([NEXT] * 2, "Named twice: 3 Nov 2026, 20:30"),
        ([NEXT, NOW], "In the past: 1 Oct 2026, 12:00"),
        ([at("2100-06-01T19:30")], "would be 1 Jun 2100, 19:30"),
        ([NEXT + timedelta(days=n) for n in range(MAX_DATES + 1)], "1 to 60 dates at a time"),
    ],
)
def test_dates_that_cannot_be_are_refused(stage: Stage, starts: list[datetime], text: str) -> None:
    refused(stage, InvalidInputError, text, *starts)


def test_no_date_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidInputError, match="not 0"), transaction.atomic():
        copy_event(event_id=stage.event.pk, starts=[], by=SYSTEM, reason="Season", now=NOW)


def test_a_window_that_would_leave_the_century_is_refused_by_name(stage: Stage) -> None:
    Item.objects.filter(pk=stage.items["With car"].pk).update(sales_until="2099-12-30T12:00Z")
    refused(stage, InvalidInputError, "With car: sales until would be 13 Jan 2100")


def test_no_event_is_not_found() -> None:
    with pytest.raises(NotFoundError), transaction.atomic():
        copy_event(event_id=0, starts=[NEXT], by=SYSTEM, reason="Season", now=NOW)


def test_statements_grow_with_dates_and_not_with_what_is_on_them() -> None:
    counted = {}
    for items in (2, 6):
        for dates in (1, 3):
            names = {f"Item {number}": {"GA": 1} for number in range(items)}
            stage = make_stage(
                items=names,
                channels=("web", "agent"),
                starts_at=START + timedelta(hours=items),
            )
            starts = [START + timedelta(days=7 * (n + 1)) for n in range(dates)]
            with CaptureQueriesContext(connection) as queries:
                copy(stage, *starts)
            counted[items, dates] = len(queries)
    assert counted[2, 1] == counted[6, 1]
    assert counted[2, 3] == counted[6, 3]
    each = (counted[2, 3] - counted[2, 1]) / 2
    assert each <= 20
