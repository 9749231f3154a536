"""Offering many items through many channels at once, as an event's set-up begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth import get_user_model
from simple_history.utils import bulk_create_with_history

from allocations.enums import StockKind
from allocations.models import Listing, SalesChannel, Stock
from allocations.services import lock_event
from common.actor import Actor
from events.models import Component, Event, Item


@dataclass(frozen=True, slots=True)
class Offer:
    """``price_floor`` and ``price_ceiling`` bound a channel that prices freely."""

    item: Item
    channel: SalesChannel
    price: Decimal
    price_floor: Decimal | None = None
    price_ceiling: Decimal | None = None


def list_items(*, event: Event, offers: Sequence[Offer], by: Actor, reason: str) -> list[Listing]:
    """As ``services.list_item`` for each, in so many statements however many there are.

    Needs a transaction. Raises ``ValidationError`` for a field, and leaves what does not fit
    together to the database, which raises ``IntegrityError``.
    """
    lock_event(event.pk)
    listings = [
        Listing(
            event=event,
            item=offer.item,
            channel=offer.channel,
            price=offer.price,
            price_floor=offer.price_floor,
            price_ceiling=offer.price_ceiling,
        )
        for offer in offers
    ]
    for listing in listings:
        listing.clean_fields(exclude={"event", "item", "channel"})
        listing.clean()
    person = get_user_model().objects.filter(pk=by.user_id or 0).first()
    made: list[Listing] = bulk_create_with_history(
        listings, Listing, default_user=person, default_change_reason=reason
    )
    _stock(event, made)
    return made


def _stock(event: Event, listings: Iterable[Listing]) -> None:
    """See that each channel has a row, perhaps an empty one, in each pool that it sells from."""
    pools: dict[int, list[int]] = {}
    for item_id, pool_id in Component.objects.filter(item__event=event).values_list(
        "item_id", "pool_id"
    ):
        pools.setdefault(item_id, []).append(pool_id)
    wanted = {
        (pool_id, listing.channel_id)
        for listing in listings
        for pool_id in pools.get(listing.item_id, ())
    }
    rows = Stock.objects.filter(event=event, kind=StockKind.CHANNEL)
    wanted -= set(rows.values_list("pool_id", "channel_id"))
    Stock.objects.bulk_create(
        Stock(event=event, kind=StockKind.CHANNEL, pool_id=pool_id, channel_id=channel_id)
        for pool_id, channel_id in sorted(wanted)
    )
