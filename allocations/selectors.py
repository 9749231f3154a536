"""Reads of sales channels: how each is connected, and what of a venue's stock it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import Case, Count, Max, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from allocations.contacts import SOCKET_COUNTS_FOR
from allocations.counters import read_setup
from allocations.enums import ChannelKind, ContactKind, Pricing, StockKind, Stopped
from allocations.models import Listing, SalesChannel, Stock
from allocations.sellable import Counters, row_room, sellable
from allocations.sellable_sets import on_sale_now
from allocations.setup import EventSetup, RowSetup
from allocations.stop_sell import why_stopped
from events.enums import EventStatus
from events.models import Event, Venue
from events.selectors import running_events

# Of a stock row, wherever they were read.
RowCounters = Counters

# For ``annotate`` of pools: the units that are out of sale (``allocations/kills/services.py``).
OUT_OF_SALE = Sum("stock__quantity", filter=Q(stock__kind=StockKind.KILLED), default=0)

KEY_ENDS_SOON = timedelta(days=14)


def room_now(row: Stock, own: RowSetup, now: datetime) -> int:
    """The units that a channel's row could still give: its own free ones, and what it may draw at the moment."""
    counters = {part.pk: part for part in (row, row.draws_on) if part is not None}
    return room_of(own, counters, now)


def room_of(own: RowSetup, counters: Mapping[int, RowCounters], now: datetime) -> int:
    """The same, of numbers that were read with all of an event's."""
    return row_room(own, counters, now)[0]


class KeyState(StrEnum):
    """What the best of a channel's API keys is good for."""

    NONE = "none"
    LIVE = "live"
    ENDING = "ending"  # within KEY_ENDS_SOON
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known of the programs that act for a channel."""

    last_call: datetime | None
    last_sync: datetime | None
    socket_seen: datetime | None
    socket_open: bool
    key: KeyState
    key_ends: datetime | None  # of the key that lasts longest, if it ends


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of a channel's rows, over pools and events."""

    quantity: int = 0
    held: int = 0
    sold: int = 0
    draws_on: tuple[str, ...] = ()  # the names of open rows; the general row has none: ""

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Offer:
    """What a channel lists, and between which prices it may sell that."""

    listings: int = 0
    on_sale: int = 0
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MappedChannel:
    channel: SalesChannel
    connection: Connection
    allocation: Allocation
    offer: Offer


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Common stock of one name, over pools and events."""

    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ChannelMap:
    """All channels of a venue, by kind and name, and the stock that they share."""

    venue: Venue
    events: int
    channels: tuple[MappedChannel, ...]
    open_rows: tuple[OpenRow, ...]

    @property
    def units(self) -> int:
        """What exists: every unit is allocated to a channel or open."""
        allocated = sum(channel_row.allocation.quantity for channel_row in self.channels)
        return allocated + sum(row.quantity for row in self.open_rows)


def connected(channels: QuerySet[SalesChannel], now: datetime) -> list[tuple[Any, Connection]]:
    """Channels with what is known of their connection, in one statement.

    Their API keys belong to an app above this one and are read by the name of the relation.
    """
    live = Q(api_keys__revoked_at=None) & (
        Q(api_keys__expires_at=None) | Q(api_keys__expires_at__gt=now)
    )
    last_uses = {
        f"seen_{kind.value.lower()}": Max("contacts__seen_at", filter=Q(contacts__kind=kind))
        for kind in ContactKind
    }
    rows = channels.annotate(
        **last_uses,
        stopped_because=why_stopped(Stopped.CHANNEL, "pk"),
        closed_socket=Max("contacts__closed_at"),
        any_key=Max("api_keys__pk"),
        lasting_key=BoolOr(Q(api_keys__expires_at=None), filter=live),
        key_ends=Max("api_keys__expires_at", filter=live),
    )
    for channel in rows:
        channel.take_stop(channel.stopped_because)
    return [(channel, _connection(channel, now)) for channel in rows]


def channels_of_keys(numbers: Iterable[int]) -> dict[int, str]:
    """API keys by number, each with the name of its channel; read as in ``connected``."""
    keys = SalesChannel.objects.filter(api_keys__in=set(numbers))
    return dict(keys.order_by().values_list("api_keys__pk", "name")) if numbers else {}


def key_may(number: int, channel_id: int, scope: str) -> bool:
    """Whether an API key of the channel is live and has the scope; read as in ``connected``."""
    live = Q(api_keys__expires_at=None) | Q(api_keys__expires_at__gt=Now())
    key = {
        "api_keys__pk": number,
        "api_keys__revoked_at": None,
        "api_keys__scopes__contains": [scope],
    }
    return SalesChannel.objects.filter(live, pk=channel_id, **key).exists()


def key_name(number: int, channels: Mapping[int, str]) -> str:
    """What a person reads where a program did something: ``MakeMyTrip (API key)``."""
    return _("%s (API key)") % channels.get(number, number)


def _connection(row: Any, now: datetime) -> Connection:
    key, ends = KeyState.ENDED, None
    if row.any_key is None:
        key = KeyState.NONE
    elif row.lasting_key:
        key = KeyState.LIVE
    elif row.key_ends is not None:
        ends = row.key_ends
        key = KeyState.ENDING if ends - now <= KEY_ENDS_SOON else KeyState.LIVE
    fresh = row.seen_socket is not None and now - row.seen_socket <= SOCKET_COUNTS_FOR
    return Connection(
        last_call=row.seen_call,
        last_sync=row.seen_sync,
        socket_seen=row.seen_socket,
        socket_open=fresh and row.closed_socket is None,
        key=key,
        key_ends=ends,
    )


def channel_map(venue: Venue, now: datetime, event: Event | None = None) -> ChannelMap:
    """The venue's channels with the stock of one event, or of all that run: see ``running_events``.

    Five statements, whatever the number of channels; past events are not counted.
    """
    events = running_events(venue, now) if event is None else Event.objects.filter(pk=event.pk)
    allocations = _allocations(events)
    offers = _offers(events, now)
    kinds = list(ChannelKind)
    channels = [
        MappedChannel(
            channel,
            connection,
            allocations.get(channel.pk, Allocation()),
            offers.get(channel.pk, Offer()),
        )
        for channel, connection in connected(SalesChannel.objects.filter(venue=venue), now)
    ]
    channels.sort(
        key=lambda row: (
            kinds.index(ChannelKind(row.channel.kind)),
            row.channel.name,
            row.channel.pk,
        )
    )
    return ChannelMap(venue, events.count(), tuple(channels), _open_rows(events))


def _allocations(events: QuerySet[Event]) -> dict[int, Allocation]:
    rows = (
        Stock.objects.filter(kind=StockKind.CHANNEL, event__in=events.order_by())
        .order_by()
        .values("channel_id")
        .annotate(
            units=Sum("quantity"),
            on_hold=Sum("held"),
            gone=Sum("sold"),
            open_rows=ArrayAgg("draws_on__name", distinct=True, filter=Q(draws_on__isnull=False)),
        )
    )
    return {
        row["channel_id"]: Allocation(
            row["units"], row["on_hold"], row["gone"], tuple(sorted(row["open_rows"] or ()))
        )
        for row in rows
    }


def _open_rows(events: QuerySet[Event]) -> tuple[OpenRow, ...]:
    rows = (
        Stock.objects.filter(kind=StockKind.OPEN, event__in=events.order_by())
        .order_by("name")
        .values_list("name")
        .annotate(Sum("quantity"))
    )
    return tuple(OpenRow(name, quantity) for name, quantity in rows)


def _offers(events: QuerySet[Event], now: datetime) -> dict[int, Offer]:
    rows = (
        Listing.objects.filter(event__in=events.order_by())
        .order_by()
        .values("channel_id")
        .annotate(
            listings=Count("pk"),
            on_sale=Count("pk", filter=on_sale_now(events, now)),
            lowest=Min(_bound("price_floor")),
            highest=Max(_bound("price_ceiling")),
        )
    )
    return {
        row["channel_id"]: Offer(row["listings"], row["on_sale"], row["lowest"], row["highest"])
        for row in rows
    }


def _bound(bound: str) -> Case:
    """How far a price may go: only a channel that prices freely leaves the list price."""
    free = When(channel__pricing=Pricing.FREE, then=Coalesce(bound, "price"))
    return Case(free, default="price")


class Wish(NamedTuple):
    """So many tickets of an item; ``row`` is whatever the asker calls it by."""

    row: int
    event_id: int
    item_id: int
    tickets: int


class Shortfall(NamedTuple):
    """A wish for more tickets than are left for it."""

    row: int
    event: str
    item: str
    tickets: int
    available: int


@dataclass(slots=True)
class _Counts:
    """A stock row's counters, as if the wishes so far had been given."""

    quantity: int
    held: int
    sold: int


@dataclass(frozen=True, slots=True)
class _Wished:
    setup: EventSetup
    counters: dict[int, _Counts]
    now: datetime

    def give(self, item_id: int, channel_id: int, tickets: int) -> None:
        """As the ledger does: a row's own free units first, then what it may draw."""
        for row_id, units in (self.setup.listing_rows(item_id, channel_id) or {}).items():
            own, needed = self.counters[row_id], tickets * units
            drawn = max(needed - (own.quantity - own.held - own.sold), 0)
            source = self.setup.rows[row_id].draws_on
            if drawn and source is not None:
                self.counters[source].quantity -= drawn
                own.quantity += drawn
            own.sold += needed


def shortfalls(channel_id: int, wishes: Iterable[Wish]) -> list[Shortfall]:
    """Those that the channel could not sell now, each asked as if those before it had been given.

    It asks for no lock, and decides nothing.
    """
    short: list[Shortfall] = []
    stages: dict[int, _Wished | None] = {}
    for wish in wishes:
        if wish.event_id not in stages:
            stages[wish.event_id] = _wished(wish.event_id)
        stage = stages[wish.event_id]
        if stage is None:
            continue
        setup = stage.setup
        left = 0
        if setup.status != EventStatus.CANCELLED:
            left = sellable(setup, stage.counters, wish.item_id, channel_id, stage.now).count
        if left >= wish.tickets:
            stage.give(wish.item_id, channel_id, wish.tickets)
        else:
            item = setup.items.get(wish.item_id)
            name = item.name if item else "–"
            short.append(Shortfall(wish.row, setup.name, name, wish.tickets, left))
    return short


def _wished(event_id: int) -> _Wished | None:
    read = read_setup(event_id)
    if read is None:
        return None
    setup, reading = read
    counters = {
        number: _Counts(row.quantity, row.held, row.sold)
        for number, row in reading.counters.items()
    }
    return _Wished(setup, counters, reading.now)
