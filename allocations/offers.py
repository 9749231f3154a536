"""Offering many items through many channels at once, as an event's set-up begins. Needs a transaction."""

from collections.abc import Sequence

from allocations import ledger
from allocations.enums import MovementKind, StockKind
from allocations.models import Listing, Stock
from common.actor import Actor
from common.history import create_because
from events.models import Component, Event


def list_items(*, listings: Sequence[Listing], by: Actor, reason: str) -> None:
    """Offer many items at once, as ``list_item`` does one: a few statements, however many.

    A ``limit`` of theirs is opened as well: nothing was sold under what is only being made.
    Raises ``ValidationError`` as that does; what only the database can tell, such as an item that
    the channel lists already, is an ``IntegrityError``.
    """
    events = {listing.item.event_id for listing in listings}
    list(Event.objects.select_for_update(no_key=True).filter(pk__in=events).order_by("pk"))
    for listing in listings:
        listing.event_id = listing.item.event_id
        listing.clean_fields(exclude={"event", "item", "channel"})
        listing.clean()
    create_because(listings, reason, by=by)
    items = {listing.item_id for listing in listings}
    pools: dict[int, list[tuple[int, int]]] = {}
    for item, pool, event in Component.objects.filter(item__in=items).values_list(
        "item", "pool", "pool__event"
    ):
        pools.setdefault(item, []).append((pool, event))
    event_by_pair = {
        (pool, listing.channel_id): event
        for listing in listings
        for pool, event in pools.get(listing.item_id, ())
    }
    there = Stock.objects.filter(
        kind=StockKind.CHANNEL, pool__in={pool for pool, _channel in event_by_pair}
    ).values_list("pool", "channel")
    for present in there:
        event_by_pair.pop(present, None)
    Stock.objects.bulk_create(
        Stock(kind=StockKind.CHANNEL, event_id=event, pool_id=pool, channel_id=channel)
        for (pool, channel), event in event_by_pair.items()
    )
    limited = [listing for listing in listings if listing.limit is not None]
    rows = Stock.objects.bulk_create(
        Stock(kind=StockKind.LIMIT, event_id=listing.event_id, listing=listing)
        for listing in limited
    )
    groups = [
        ledger.Group(MovementKind.LIMIT, (ledger.Entry(row.pk, quantity=listing.limit or 0),))
        for row, listing in zip(rows, limited, strict=True)
        if listing.limit
    ]
    if groups:
        ledger.post(groups, by=by, reason=reason)
