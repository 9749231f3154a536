"""What sells when, and what a row may draw: one sale and the sets of the database say the same, over random set-ups."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from allocations.enums import StockKind, Stopped
from allocations.models import Listing, Stock, Stop
from allocations.sellable import row_room
from allocations.setup import EventSetup
from common.actor import SYSTEM
from events.enums import EventStatus, ItemKind
from events.models import Event, Item, Venue
from sales import limits
from sales.offers import changes_at, offer_of
from sales.rules import event_refusal, item_refusal, item_windows
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import execute

pytestmark = pytest.mark.django_db

ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe")
# An ordinary day, and two at which clocks of these zones change.
STARTS = (
    datetime(2027, 3, 5, 6, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
)
AWAY = st.sampled_from([-2880, -1440, -600, -60, 0, 1, 90, 720, 1500])  # minutes from the start
ENDS = st.tuples(st.none() | AWAY, st.none() | AWAY).filter(
    lambda ends: ends[0] is None or ends[1] is None or ends[0] < ends[1]
)
WINDOWS = st.sampled_from([ENDS, st.just((None, None)), st.just((None, None))]).flatmap(
    lambda ends: ends
)
MOSTLY = st.sampled_from([False, True, True, True])
HOURS = st.sampled_from([(None, None), (time(18), time(2)), (time(10), time(18))])
REASONS = st.sampled_from(["", "Storm"])  # "": resumed, and not yet recorded in its target
TICK, NOTHING = timedelta(microseconds=1), timedelta()
SET_UP = ("events_event", "events_item", "allocations_listing", "allocations_stock")


class SetUp:
    """Draws another set-up for the rows of a stage; nothing but the tables' own constraints stands in its way."""

    def __init__(self, stage: Stage, data: st.DataObject) -> None:
        self.stage, self.draw = stage, data.draw
        self.start: datetime = self.draw(st.sampled_from(STARTS))

    def store(self) -> None:
        Venue.objects.update(time_zone=self.draw(st.sampled_from(ZONES)))
        lasts = self.draw(st.none() | st.integers(1, 3_000))
        opens_at, closes_at = self.draw(HOURS)
        Event.objects.update(
            status=self.draw(st.sampled_from([EventStatus.ON_SALE] * 12 + list(EventStatus))),
            starts_at=self.start,
            ends_at=None if lasts is None else self.start + timedelta(minutes=lasts),
            all_day=opens_at is not None,
            opens_at=opens_at,
            closes_at=closes_at,
            **self.window("sales_from", "sales_until"),
        )
        for item in self.stage.items.values():
            Item.objects.filter(pk=item.pk).update(
                kind=self.draw(st.sampled_from([ItemKind.STANDALONE, ItemKind.SAME_DAY])),
                min_per_booking=self.draw(st.integers(1, 2)),
                limit=self.draw(st.none() | st.just(9)),
                **self.window("sales_from", "sales_until"),
            )
        for listing in Listing.objects.order_by("pk"):
            Listing.objects.filter(pk=listing.pk).update(
                is_on=self.draw(MOSTLY),
                limit=self.draw(st.none() | st.just(9)),
                **self.window("sales_from", "sales_until"),
            )
        for row in Stock.objects.order_by("pk"):
            Stock.objects.filter(pk=row.pk).update(**self.row(row))
        self.stops()

    def window(self, start: str, end: str) -> dict[str, datetime | None]:
        ends = self.draw(WINDOWS)
        return {
            name: None if away is None else self.start + timedelta(minutes=away)
            for name, away in zip((start, end), ends, strict=True)
        }

    def row(self, row: Stock) -> dict[str, Any]:
        if row.kind == StockKind.OPEN:
            return {"quantity": self.draw(st.integers(0, 6))}
        quantity = self.draw(st.integers(0, 8))
        used = self.draw(st.integers(0, quantity))
        held = self.draw(st.integers(0, used))
        values: dict[str, Any] = {
            "quantity": quantity,
            "held": held,
            "sold": used - held,
            "drawn": 0,
        }
        if row.kind == StockKind.CHANNEL:
            values |= {"draws_on": None, "draws_from": None, "draws_until": None, "ceiling": None}
            if self.draw(st.booleans()):
                assert row.pool is not None
                room = self.draw(st.none() | st.integers(0, 4))
                values |= self.window("draws_from", "draws_until") | {
                    "draws_on": self.stage.open_row(row.pool.name),
                    "ceiling": None if room is None else quantity + room,
                    "drawn": self.draw(st.integers(0, used)),
                }
        return values

    def stops(self) -> None:
        Stop.objects.all().delete()
        event = self.stage.event
        targets: list[tuple[Stopped, int]] = [
            (Stopped.EVENT, event.pk),
            *((Stopped.ITEM, item.pk) for item in self.stage.items.values()),
            *((Stopped.CHANNEL, channel.pk) for channel in self.stage.channels.values()),
            *((Stopped.LISTING, pk) for pk in Listing.objects.values_list("pk", flat=True)),
        ]
        stopped = self.draw(st.sets(st.sampled_from(targets), max_size=1))
        for number, (kind, target) in enumerate(stopped, start=1):
            of_channel = kind == Stopped.CHANNEL
            Stop.objects.create(
                kind=kind,
                target_id=target,
                event_id=None if of_channel else event.pk,
                venue_id=event.venue_id if of_channel else None,
                reason=self.draw(REASONS),
                number=number,
            )


@kept
def stage() -> Stage:
    """Two channels list both items; one has no part in the car park. Triggers stand aside."""
    stage = make_stage(
        status=EventStatus.DRAFT,
        pools={"GA": 100, "Car park": 10},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 2, "Car park": 1}},
        channels=("web", "app"),
        give={("GA", "web"): 9, ("GA", "app"): 9, ("Car park", "web"): 9},
    )
    for item in stage.items.values():
        limits.set_item_limit(item=item, limit=9, by=SYSTEM, reason="test")
    for listing in Listing.objects.all():
        limits.set_listing_limit(listing=listing, limit=9, by=SYSTEM, reason="test")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in SET_UP:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    stage.row("Car park", "app").delete()
    return stage


@given(data=st.data())
# Each example writes all rows of the stage anew. To shrink one takes minutes on a real database.
@settings(
    max_examples=40,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_sale_and_the_database_agree_on_what_sells_when(
    stage: Stage, data: st.DataObject
) -> None:
    SetUp(stage, data).store()
    setup = EventSetup.load(stage.event.pk)
    counters = Stock.objects.filter(event=setup.id).in_bulk()
    edges = {at for listing in setup.listings.values() for at in changes_at(setup, listing)}
    moments = sorted({at + tick for at in edges for tick in (-TICK, NOTHING, TICK)})
    sells, is_open = sells_and_is_open(setup, counters, moments)
    assert in_sql(SELLABLE, setup, moments) == sells
    assert in_sql(OPEN, setup, moments) == is_open
    assert in_sql(LEVELS, setup, moments) == rooms(setup, counters, moments)
    assert in_sql(NOW_OR_LATER, setup, moments) == now_or_later(setup, moments)
    assert in_sql(SELL_THROUGH, setup, ()) == {
        (row.pk, row.own_quantity, row.own_sold, round(row.sell_through, 9))
        for row in counters.values()
        if row.sell_through is not None
    }


SELLABLE = (
    "SELECT at, f.listing_id FROM moment, allocations_sellable_listings(%(events)s, at) f"
    " WHERE f.is_on_sale AND f.stopped_by = '{}'"
)
OPEN = "SELECT at, listing FROM moment, allocations_open_listings(%(events)s, at) listing"
LEVELS = (
    "SELECT at, l.stock_id, l.own + l.drawable"
    " FROM moment, allocations_channel_levels(%(events)s, at) l"
)
NOW_OR_LATER = (
    "SELECT at, s.id FROM moment, allocations_stock s WHERE s.event_id = ANY (%(events)s)"
    " AND s.kind = 'CHANNEL' AND transfers_row_can_sell(s.id, at)"
)
SELL_THROUGH = (
    "SELECT stock_id, own, own_sold, round(percent, 9) FROM allocations_sell_through(%(events)s)"
)
Found = set[tuple[Any, ...]]


def in_sql(query: str, setup: EventSetup, moments: Sequence[datetime]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH moment AS (SELECT unnest(%(moments)s::timestamptz[]) AS at) {query}",
            {"moments": list(moments), "events": [setup.id]},
        )
        return set(cursor.fetchall())


def sells_and_is_open(
    setup: EventSetup, counters: Mapping[int, Stock], moments: Sequence[datetime]
) -> tuple[Found, Found]:
    """When which listing could sell the least of a booking, and when it could if there were enough stock."""
    sells: Found = set()
    is_open: Found = set()
    for listing in setup.listings.values():
        item, channel = setup.items[listing.item_id], setup.channels[listing.channel_id]
        for at in moments:
            offer = offer_of(setup, counters, listing, at)
            if offer.refusal is None and offer.sellable >= item.minimum:
                sells.add((at, listing.id))
            if not (
                event_refusal(setup, channel, at) or item_refusal(setup, item, listing, at, "")
            ):
                is_open.add((at, listing.id))
    return sells, is_open


def rooms(setup: EventSetup, counters: Mapping[int, Stock], moments: Sequence[datetime]) -> Found:
    rows = [row for row in setup.rows.values() if row.kind == StockKind.CHANNEL]
    return {(at, row.id, row_room(row, counters, at)[0]) for row in rows for at in moments}


def now_or_later(setup: EventSetup, moments: Sequence[datetime]) -> Found:
    """Channels' rows of which some listing sells at the moment, or will as things stand."""
    found: Found = set()
    for listing in setup.listings.values():
        item, channel = setup.items[listing.item_id], setup.channels[listing.channel_id]
        windows = [setup.window, *item_windows(setup, item, listing)]
        opens = max((window.start for window in windows if window.start), default=moments[0])
        closes = min(window.end for window in windows if window.end)
        stops = (setup.stop_reason, item.stop_reason, channel.stop_reason, listing.stop_reason)
        if not listing.is_on or any(stops):
            continue
        for pool_id in item.units:
            row_id = setup.channel_rows.get((pool_id, channel.id))
            if row_id is not None:
                found |= {(at, row_id) for at in moments if max(opens, at) < closes}
    return found
