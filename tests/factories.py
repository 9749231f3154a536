"""What tests sell: made through the same services as in real life, so that the ledger is whole."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from alerts.services import begin_venues
from allocations import services
from allocations.enums import ChannelKind, ChannelPlace, StockKind
from allocations.models import Listing, SalesChannel, Stock
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Component, Event, Item, Pool, Venue
from idempotency.answers import Answer
from sales import services as sales
from sales.enums import BookingStatus
from sales.models import Booking
from sales.orders import Order, OrderLine
from transfers.models import UnapprovedTaking

_numbers = count(1)

Lines = Sequence[tuple[str, int]]


class Counters(NamedTuple):
    """A stock row's numbers, for exact comparison."""

    quantity: int
    held: int
    sold: int
    drawn: int


def make_user(**fields: Any) -> User:
    number = next(_numbers)
    values = {"email": f"person{number}@example.com", "name": f"Person {number}"} | fields
    return User.objects.create_user(**values)


def make_venue(**fields: Any) -> Venue:
    """A venue with all that a venue begins with."""
    number = next(_numbers)
    with transaction.atomic():
        venue = Venue.objects.create(
            **{"name": f"Venue {number}", "slug": f"venue-{number}"} | fields
        )
        begin_venues([venue])
    return venue


def make_event(venue: Venue | None = None, **fields: Any) -> Event:
    """An event on sale, a month from now."""
    values: dict[str, Any] = {
        "name": f"Event {next(_numbers)}",
        "status": EventStatus.ON_SALE,
        "starts_at": timezone.now() + timedelta(days=30),
    }
    return Event.objects.create(venue=venue or make_venue(), **values | fields)


def make_channel(venue: Venue, name: str = "", **fields: Any) -> SalesChannel:
    """A website that asks the list price, unless told otherwise."""
    name = name or f"channel-{next(_numbers)}"
    values: dict[str, Any] = {
        "name": name,
        "code": name,
        "kind": ChannelKind.DIRECT,
        "place": ChannelPlace.WEBSITE,
    }
    return SalesChannel.objects.create(venue=venue, **values | fields)


def make_item(event: Event, name: str, takes: Mapping[Pool, int], **fields: Any) -> Item:
    """An item, of which one takes so many units of each pool."""
    item = Item.objects.create(event=event, name=name, **fields)
    for pool, units in takes.items():
        Component.objects.create(item=item, pool=pool, units=units)
    return item


@dataclass(frozen=True, slots=True)
class Stage:
    """An event that is on sale, with everything of it by name."""

    event: Event
    pools: Mapping[str, Pool]
    items: Mapping[str, Item]
    channels: Mapping[str, SalesChannel]

    def listing(self, item: str = "Ticket", channel: str = "web") -> Listing:
        return Listing.objects.get(item=self.items[item], channel=self.channels[channel])

    def row(self, pool: str = "GA", channel: str = "web") -> Stock:
        return services.channel_row(pool=self.pools[pool], channel=self.channels[channel])

    def open_row(self, pool: str = "GA", name: str = "") -> Stock:
        return Stock.objects.get(pool=self.pools[pool], kind=StockKind.OPEN, name=name)

    def limit_row(self, item: str = "Ticket", channel: str | None = None) -> Stock:
        """The counter of an item's limit, or of its listing's by a channel."""
        if channel is None:
            return Stock.objects.get(item=self.items[item])
        return Stock.objects.get(listing=self.listing(item, channel))

    def counters(self, pool: str = "GA", channel: str = "web") -> Counters:
        return counters(self.row(pool, channel))

    def order(self, lines: Lines = (("Ticket", 1),), channel: str = "web", **terms: Any) -> Order:
        return Order(
            self.event.pk,
            self.channels[channel].pk,
            [OrderLine(self.items[item].pk, quantity) for item, quantity in lines],
            **terms,
        )

    def sell(self, lines: Lines = (("Ticket", 1),), channel: str = "web", **terms: Any) -> Answer:
        return sales.book(self.order(lines, channel, confirm=True, **terms), by=SYSTEM)

    def hold(self, lines: Lines = (("Ticket", 1),), channel: str = "web", **terms: Any) -> int:
        """Hold, and return the booking's id."""
        return id_of(sales.book(self.order(lines, channel, **terms), by=SYSTEM))

    @contextmanager
    def still_to_come(self) -> Iterator[None]:
        """Of an event on a fixed date, which may lie behind by now: it can be sold meanwhile."""
        row = Event.objects.filter(pk=self.event.pk)
        dates = row.values("starts_at", "ends_at").get()
        row.update(starts_at="2090-01-02T12:00Z", ends_at=None)
        yield
        # As if it had never been away: what was taken meanwhile asks for no approval of the way back.
        UnapprovedTaking.objects.filter(event=self.event).delete()
        row.update(**dates)

    def draw(self, channel: str = "web", pool: str = "GA", on: str = "", **terms: Any) -> None:
        """Let a channel draw on an open row of the pool."""
        with transaction.atomic():
            services.set_drawing(
                row=self.row(pool, channel),
                draws_on=services.named_row(pool=self.pools[pool], name=on),
                by=SYSTEM,
                reason="test",
                **terms,
            )


def make_stage(
    *,
    pools: Mapping[str, int] | None = None,
    items: Mapping[str, Mapping[str, int]] | None = None,
    channels: Sequence[str] = ("web",),
    give: Mapping[tuple[str, str], int] | None = None,
    price: str = "10.00",
    **event: Any,
) -> Stage:
    """An event where every channel lists every item.

    ``pools``: name → capacity; ``items``: name → pool → units; ``give``: (pool, channel) → units
    allocated to it, by default the whole of each pool to the first channel.
    """
    pools = {"GA": 100} if pools is None else pools
    items = {"Ticket": {"GA": 1}} if items is None else items
    if give is None:
        give = {(pool, channels[0]): capacity for pool, capacity in pools.items()}
    with transaction.atomic():
        made = make_event(**event)
        own_pools = {
            name: services.add_pool(event=made, name=name, capacity=capacity, by=SYSTEM)
            for name, capacity in pools.items()
        }
        own_items = {
            name: make_item(made, name, {own_pools[pool]: units for pool, units in takes.items()})
            for name, takes in items.items()
        }
        own_channels = {name: make_channel(made.venue, name) for name in channels}
        for item in own_items.values():
            for channel in own_channels.values():
                services.list_item(item=item, channel=channel, price=Decimal(price))
        for (pool, name), units in give.items():
            if units:
                services.allocate(
                    pool=own_pools[pool],
                    channel=own_channels[name],
                    units=units,
                    by=SYSTEM,
                    reason="test",
                )
    return Stage(made, own_pools, own_items, own_channels)


def counters(row: Stock) -> Counters:
    """The row's numbers as they are in the database now."""
    return Counters(*Stock.objects.values_list("quantity", "held", "sold", "drawn").get(pk=row.pk))


def id_of(answer: Answer) -> int:
    assert answer.booking_id is not None
    return answer.booking_id


def let_expire(*booking_ids: int) -> datetime:
    """Set the end of holds into the past, as time would; returns that moment."""
    past = datetime.now(tz=UTC) - timedelta(seconds=1)
    Booking.objects.filter(pk__in=booking_ids, status=BookingStatus.ON_HOLD).update(expires_at=past)
    return past
