"""An event's set-up: everything a sale must know but the counters.

It is read once and kept in the process while the event's ``config_version`` and its
``surroundings`` stay the same. The database raises the one with every change of the event's own
rows, and works the other out from those of its venue, the venue's channels and all stops; the
ledger refuses what was planned on an older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import Lock
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import F, Func, Q, TextField

from allocations.enums import ChannelKind, Connectivity, Pricing, StockKind, Stopped
from allocations.models import Listing, SalesChannel, Stock, Stop
from events.enums import EventStatus, ItemKind
from events.models import Component, Event, Item

# Set-ups kept by one process; the least recently loaded go first.
KEPT = 500


@dataclass(frozen=True, slots=True)
class Window:
    """From (included) and until (excluded); an open end is ``None``."""

    start: datetime | None
    end: datetime | None

    def includes(self, now: datetime) -> bool:
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


@dataclass(frozen=True, slots=True)
class ItemSetup:
    id: int
    name: str
    kind: ItemKind
    units: Mapping[int, int]  # pool → units that one of the item takes
    minimum: int
    maximum: int | None
    window: Window
    stop_reason: str
    limit_row: int | None  # the stock row of its limit, while it has one


@dataclass(frozen=True, slots=True)
class ListingSetup:
    id: int
    item_id: int
    channel_id: int
    price: Decimal
    price_floor: Decimal | None
    price_ceiling: Decimal | None
    is_on: bool
    window: Window
    stop_reason: str
    limit_row: int | None


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    id: int
    name: str
    kind: ChannelKind
    pricing: Pricing
    settlement_days: int
    default_hold_seconds: int
    longest_hold_seconds: int
    connectivity: Connectivity
    longest_lease_hours: int
    lease_grace_minutes: int
    safety_buffer: bool
    buffer_one_in: int
    buffer_percent: int
    stop_reason: str


@dataclass(frozen=True, slots=True)
class RowSetup:
    """What of a stock row is set-up: whose it is, and where, when and how far it may draw."""

    id: int
    kind: StockKind
    pool_id: int | None
    channel_id: int | None
    draws_on: int | None
    draw_window: Window
    ceiling: int | None
    name: str  # of an open row; the general one has none


@dataclass(frozen=True, slots=True)
class EventSetup:
    id: int
    config_version: int
    venue_id: int
    name: str
    status: EventStatus
    starts_at: datetime
    window: Window
    day: Window  # of the event: on it same-day items are sold
    stop_reason: str
    zone: ZoneInfo
    currency: str
    items: Mapping[int, ItemSetup]
    channels: Mapping[int, ChannelSetup]
    listings: Mapping[tuple[int, int], ListingSetup]  # (item, channel) →
    rows: Mapping[int, RowSetup]
    pool_names: Mapping[int, str]
    channel_rows: Mapping[tuple[int, int], int]  # (pool, channel) → stock row
    surroundings: str = ""

    @classmethod
    def load(cls, event_id: int) -> Self:
        """Read the set-up from the database. Raises ``Event.DoesNotExist``.

        The versions are read first: a change during the reading leaves a set-up marked as older
        than it is, which is read again, and never one marked as newer.
        """
        surroundings = Func(F("pk"), function="allocations_surroundings", output_field=TextField())
        events = Event.objects.select_related("venue").annotate(surroundings=surroundings)
        event = events.get(pk=event_id)
        stops = _stops(event)
        rows = list(Stock.objects.filter(event_id=event_id).order_by("pk"))
        limit_rows = {
            (row.listing_id, row.item_id): row.pk for row in rows if row.kind == StockKind.LIMIT
        }
        listings = list(Listing.objects.filter(event_id=event_id))
        channels = SalesChannel.objects.filter(pk__in={listing.channel_id for listing in listings})
        units: dict[int, dict[int, int]] = {}
        for item_id, pool_id, quantity in Component.objects.filter(
            item__event_id=event_id
        ).values_list("item_id", "pool_id", "units"):
            units.setdefault(item_id, {})[pool_id] = quantity
        return cls(
            id=event.pk,
            config_version=event.config_version,
            venue_id=event.venue_id,
            name=event.name,
            status=EventStatus(event.status),
            starts_at=event.starts_at,
            window=Window(event.sales_from, event.sales_close),
            day=Window(event.day.start, event.day.end),
            stop_reason=stops.get((Stopped.EVENT, event.pk), ""),
            zone=event.venue.zone,
            currency=event.venue.currency,
            items={
                item.pk: _item(
                    item,
                    units.get(item.pk, {}),
                    limit_rows,
                    stops.get((Stopped.ITEM, item.pk), ""),
                )
                for item in Item.objects.filter(event_id=event_id).order_by("position", "pk")
            },
            channels={
                channel.pk: _channel(channel, stops.get((Stopped.CHANNEL, channel.pk), ""))
                for channel in channels
            },
            listings={
                (listing.item_id, listing.channel_id): _listing(
                    listing, limit_rows, stops.get((Stopped.LISTING, listing.pk), "")
                )
                for listing in listings
            },
            rows={row.pk: _row(row) for row in rows},
            pool_names=dict(event.pools.values_list("pk", "name")),
            channel_rows={
                (row.pool_id, row.channel_id): row.pk
                for row in rows
                if row.pool_id is not None and row.channel_id is not None
            },
            surroundings=event.surroundings,
        )

    def is_as_of(self, config_version: int, surroundings: str) -> bool:
        return (self.config_version, self.surroundings) == (config_version, surroundings)

    def listing_rows(self, item_id: int, channel_id: int) -> dict[int, int] | None:
        """The stock rows that one of an item sold by a channel counts on, with the units on each.

        ``None`` when the item has no components or the channel no part in one of its pools.
        """
        item = self.items[item_id]
        units_by_row: dict[int, int] = {}
        for pool_id, units in item.units.items():
            row_id = self.channel_rows.get((pool_id, channel_id))
            if row_id is None:
                return None
            units_by_row[row_id] = units
        if not units_by_row:
            return None
        listing = self.listings.get((item_id, channel_id))
        for limit_row in (item.limit_row, listing.limit_row if listing else None):
            if limit_row is not None:
                units_by_row[limit_row] = 1
        return units_by_row


def _stops(event: Event) -> dict[tuple[str, int], str]:
    """Why something is stopped at the event, by kind and id."""
    stops = Stop.objects.filter(Q(event_id=event.pk) | Q(venue_id=event.venue_id))
    return {(stop.kind, stop.target_id): stop.reason for stop in stops}


def _item(
    item: Item,
    units: Mapping[int, int],
    limit_rows: Mapping[tuple[int | None, int | None], int],
    stop_reason: str,
) -> ItemSetup:
    return ItemSetup(
        id=item.pk,
        name=item.name,
        kind=ItemKind(item.kind),
        units=units,
        minimum=item.min_per_booking,
        maximum=item.max_per_booking,
        window=Window(item.sales_from, item.sales_until),
        stop_reason=stop_reason,
        limit_row=limit_rows.get((None, item.pk)) if item.limit is not None else None,
    )


def _listing(
    listing: Listing,
    limit_rows: Mapping[tuple[int | None, int | None], int],
    stop_reason: str,
) -> ListingSetup:
    return ListingSetup(
        id=listing.pk,
        item_id=listing.item_id,
        channel_id=listing.channel_id,
        price=listing.price,
        price_floor=listing.price_floor,
        price_ceiling=listing.price_ceiling,
        is_on=listing.is_on,
        window=Window(listing.sales_from, listing.sales_until),
        stop_reason=stop_reason,
        limit_row=limit_rows.get((listing.pk, None)) if listing.limit is not None else None,
    )


def _channel(channel: SalesChannel, stop_reason: str) -> ChannelSetup:
    return ChannelSetup(
        id=channel.pk,
        name=channel.name,
        kind=ChannelKind(channel.kind),
        pricing=Pricing(channel.pricing),
        settlement_days=channel.settlement_days,
        default_hold_seconds=channel.default_hold_seconds,
        longest_hold_seconds=channel.longest_hold_seconds,
        connectivity=Connectivity(channel.connectivity),
        longest_lease_hours=channel.longest_lease_hours,
        lease_grace_minutes=channel.lease_grace_minutes,
        safety_buffer=channel.safety_buffer,
        buffer_one_in=channel.buffer_one_in,
        buffer_percent=channel.buffer_percent,
        stop_reason=stop_reason,
    )


def _row(row: Stock) -> RowSetup:
    return RowSetup(
        id=row.pk,
        kind=StockKind(row.kind),
        pool_id=row.pool_id,
        channel_id=row.channel_id,
        draws_on=row.draws_on_id,
        draw_window=Window(row.draws_from, row.draws_until),
        ceiling=row.ceiling,
        name=row.name,
    )


_kept: dict[int, EventSetup] = {}
_guard = Lock()


def setup_of(event_id: int, config_version: int, surroundings: str | None = None) -> EventSetup:
    """The event's set-up as of these versions or later, from this process's memory if it can.

    Without ``surroundings`` for who needs nothing of the venue, of channels' traits, or of stops.
    Raises ``Event.DoesNotExist``.
    """
    cached = _kept.get(event_id)
    if cached is not None and cached.is_as_of(
        config_version, cached.surroundings if surroundings is None else surroundings
    ):
        return cached
    fresh = EventSetup.load(event_id)
    with _guard:
        _kept.pop(event_id, None)
        _kept[event_id] = fresh
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]
    return fresh


def kept_setup(event_id: int) -> EventSetup | None:
    """The set-up in memory, perhaps an old one: for what must be said in the same query."""
    return _kept.get(event_id)
