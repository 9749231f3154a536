"""What is usual for a channel, and so holds for whatever it begins to sell of a new event."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from allocations.models import AllocationPlan, Listing, SalesChannel, Stock
from allocations.services import channel_row, general_row, is_set_up, set_drawing
from common.actor import Actor

CENT = Decimal("0.01")


def usual_prices(
    channel: SalesChannel, list_price: Decimal
) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """Price, floor and ceiling of an item at a list price, where the channel has shares for them."""

    def share(percent: Decimal | None) -> Decimal | None:
        if percent is None:
            return None
        return (list_price * percent / 100).quantize(CENT, ROUND_HALF_UP)

    price = share(channel.usual_percent)
    return (
        list_price if price is None else price,
        share(channel.usual_floor_percent),
        share(channel.usual_ceiling_percent),
    )


def as_usual(listing: Listing) -> Listing:
    """A listing in the making, with the limit and the sales window that its channel usually has."""
    channel, starts = listing.channel, listing.item.event.starts_at
    listing.limit = channel.usual_limit
    if channel.usual_opens_hours is not None:
        listing.sales_from = starts - timedelta(hours=channel.usual_opens_hours)
    if channel.usual_closes_hours is not None:
        listing.sales_until = starts - timedelta(hours=channel.usual_closes_hours)
    return listing


def draw_as_usual(listings: Sequence[Listing], *, by: Actor, reason: str) -> None:
    """Let channels that usually draw on the open stock do so in the pools of new listings.

    Only while the event is set up, and where no plan says otherwise. Needs a transaction.
    """
    pairs = {
        (pool, listing.channel)
        for listing in listings
        if listing.channel.usual_draws and is_set_up(listing.item.event)
        for pool in listing.item.pools.all()
    }
    planned = set(
        AllocationPlan.objects.filter(pool__in={pool for pool, _channel in pairs}).values_list(
            "pool_id", flat=True
        )
    )
    for pool, channel in sorted(pairs, key=lambda pair: (pair[0].pk, pair[1].pk)):
        row = channel_row(pool=pool, channel=channel)
        if pool.pk not in planned and _is_untouched(row):
            set_drawing(row=row, draws_on=general_row(pool), by=by, reason=reason)


def _is_untouched(row: Stock) -> bool:
    return row.draws_on_id is None and not row.quantity
