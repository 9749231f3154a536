"""What a channel could sell of an item now, and why not: for whoever looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from allocations.sellable import Counters, LimitedBy, SaleStatus, sellable, status_of
from allocations.setup import EventSetup, ListingSetup
from common.errors import RefusedError
from sales.rules import event_refusal, item_refusal, item_windows, shut_refusal


@dataclass(frozen=True, slots=True)
class Offer:
    """``refusal`` is what a sale would get, but for that of what has sold out; then nothing is sellable."""

    sellable: int
    possible: int
    status: SaleStatus
    limited_by: LimitedBy
    refusal: RefusedError | None


def offer_of(
    setup: EventSetup,
    counters: Mapping[int, Counters],
    listing: ListingSetup,
    now: datetime,
    field: str = "",
) -> Offer:
    """``now`` is the database's clock; ``field``: where the item stands in what was asked."""
    item = setup.items[listing.item_id]
    availability = sellable(setup, counters, listing.item_id, listing.channel_id, now)
    channel = setup.channels[listing.channel_id]
    refusal = event_refusal(setup, channel, now) or item_refusal(setup, item, listing, now, field)
    if refusal is None and availability.shut is not None and availability.count < item.minimum:
        refusal = shut_refusal(setup, item, availability.shut, field)
    return Offer(
        sellable=0 if refusal else availability.count,
        possible=availability.possible,
        status=status_of(availability, item.minimum, closed=refusal is not None),
        limited_by=availability.limited_by,
        refusal=refusal,
    )


def changes_at(setup: EventSetup, listing: ListingSetup) -> Iterator[datetime]:
    """The moments, past ones too, at which the offer becomes another one by itself."""
    windows = [setup.window, *item_windows(setup, setup.items[listing.item_id], listing)]
    for row_id in setup.listing_rows(listing.item_id, listing.channel_id) or ():
        row = setup.rows[row_id]
        if row.draws_on is not None:
            windows.append(row.draw_window)
    for window in windows:
        yield from (edge for edge in (window.start, window.end) if edge is not None)
