"""What an event's page shows of it: set-up and counters, read once for all its panels."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils.translation import gettext as _t

from allocations.counters import Numbers, Reading, read_setup
from allocations.enums import REPORTS_LATE, ChannelKind, StockKind, may_lease
from allocations.models import SalesChannel
from allocations.sellable import sellable
from allocations.setup import EventSetup, ItemSetup, ListingSetup, RowSetup
from backoffice.kit.bars import Use
from events.models import Event
from sales.offers import Offer, offer_of


@dataclass(frozen=True)
class EventPicture:
    setup: EventSetup
    reading: Reading

    def numbers(self, row_id: int) -> Numbers:
        return self.reading.counters[row_id]

    @cached_property
    def channels(self) -> list[SalesChannel]:
        """Every channel with a listing or a part of a pool, in the order of the kinds."""
        with_stock = {row.channel_id for row in self.setup.rows.values() if row.channel_id}
        kinds = list(ChannelKind.values)
        channels = SalesChannel.objects.filter(pk__in=with_stock | self.setup.channels.keys())
        return sorted(
            channels, key=lambda channel: (kinds.index(channel.kind), channel.name, channel.pk)
        )

    @property
    def late_channels(self) -> list[SalesChannel]:
        """Those that list something and report their sales late."""
        return [
            channel
            for channel in self.channels
            if channel.connectivity in REPORTS_LATE and channel.pk in self.setup.channels
        ]

    @property
    def leasing_channels(self) -> list[SalesChannel]:
        """Those that list something and whose terminals may sell from leases."""
        return [
            channel
            for channel in self.channels
            if may_lease(channel.kind, channel.connectivity) and channel.pk in self.setup.channels
        ]

    @property
    def hidden_channels(self) -> list[SalesChannel]:
        """Those that list something and of which tickets are held under a name."""
        return [
            channel
            for channel in self.channels
            if channel.kind == ChannelKind.HIDDEN and channel.pk in self.setup.channels
        ]

    def rows_of(self, pool_id: int) -> list[RowSetup]:
        """A pool's rows: open ones first, then channels in their order."""
        place = {channel.pk: number for number, channel in enumerate(self.channels)}
        rows = [
            row
            for row in self.setup.rows.values()
            if row.pool_id == pool_id and row.kind != StockKind.KILLED
        ]
        return sorted(
            rows,
            key=lambda row: (
                row.kind != StockKind.OPEN,
                row.name,
                place.get(row.channel_id or 0, 0),
            ),
        )

    def row_name(self, row: RowSetup) -> str:
        if row.channel_id is None:
            return row.name or _t("Open stock")
        return next(channel.name for channel in self.channels if channel.pk == row.channel_id)

    def out_of_sale(self, pool_id: int) -> int:
        return sum(
            self.numbers(row.id).quantity
            for row in self.setup.rows.values()
            if row.pool_id == pool_id and row.kind == StockKind.KILLED
        )

    def pool_use(self, pool_id: int) -> Use:
        """Of what of the pool is on sale."""
        rows = [self.numbers(row.id) for row in self.rows_of(pool_id)]
        return Use(
            sum(row.quantity for row in rows),
            sum(row.held for row in rows),
            sum(row.sold for row in rows),
            self.out_of_sale(pool_id),
        )

    def open_quantity(self, pool_id: int) -> int:
        return sum(
            self.numbers(row.id).quantity
            for row in self.setup.rows.values()
            if row.pool_id == pool_id and row.kind == StockKind.OPEN
        )

    def limit_use(self, limit_row: int | None) -> Use | None:
        """What has been used of a limit; ``None`` where there is none."""
        if limit_row is None:
            return None
        numbers = self.numbers(limit_row)
        return Use(numbers.quantity, numbers.held, numbers.sold)

    def room(self, item_id: int, channel_id: int) -> int:
        """So many tickets are there for a channel, whatever its windows and stops say."""
        reading = self.reading
        return sellable(self.setup, reading.counters, item_id, channel_id, reading.now).count

    def takes(self, item: ItemSetup) -> str:
        return " + ".join(
            f"{units} × {self.setup.pool_names[pool]}" for pool, units in item.units.items()
        )

    def listings_of(self, channel_id: int) -> Iterator[tuple[ItemSetup, ListingSetup, Offer]]:
        for item in self.setup.items.values():
            listing = self.setup.listings.get((item.id, channel_id))
            if listing is not None:
                offer = offer_of(self.setup, self.reading.counters, listing, self.reading.now)
                yield item, listing, offer


def picture_of(request: HttpRequest, event: Event) -> EventPicture:
    """Read once a request, however many panels ask."""
    picture: EventPicture | None = getattr(request, "finlo_picture", None)
    if picture is None or picture.setup.id != event.pk:
        parts = read_setup(event.pk)
        if parts is None:
            raise Event.DoesNotExist
        picture = EventPicture(*parts)
        request.finlo_picture = picture  # type: ignore[attr-defined]
    return picture
