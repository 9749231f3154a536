"""Listings: what a channel offers, at what price, how many."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from allocations.enums import Pricing
from allocations.models import Listing
from allocations.models.channel import FREE_IS_BOUNDED
from allocations.offers import list_items
from allocations.services import LARGEST_CAPACITY
from common.names import name_key
from events.models import Item
from exchange.base import Column, Key, Row, RowChange, Why, Wrong, in_order, save_all
from exchange.cell_types import Money, Name, Text, Value, Whole, YesNo, excerpt
from exchange.references import References
from exchange.tables.dates import event_columns, event_key, window_columns, windows_at_once
from exchange.tables.inventory import Items, PartTable, ask_limit
from exchange.use import below_use
from sales.limits import set_listing_limit

BOUNDS = ("price_floor", "price_ceiling")


class Listings(PartTable):
    name = "listings"
    title = "Listings"
    model = Listing
    unchecked = frozenset({"limit"})
    chunk = 200
    columns = (
        *event_columns("event."),
        Column("item", Name(), "item.name", "The item's name in the event.", required=True),
        Column("channel", Text(), "channel.code", "The channel's code.", required=True),
        Column("price", Money(), "price", "In the venue's currency.", "price"),
        Column("price_floor", Money(), "price_floor", "", "price_floor"),
        Column("price_ceiling", Money(), "price_ceiling", "", "price_ceiling"),
        Column(
            "limit",
            Whole(0, LARGEST_CAPACITY),
            "limit",
            "The most that the channel may sell. Empty: no limit.",
        ),
        *window_columns(),
        Column("is_on", YesNo(), "is_on", "", "is_on"),
        Column("stop_reason", Text(), "stop_reason", "Why it is stopped.", counted=True),
    )

    def queryset(self) -> QuerySet[Any]:
        return Listing.objects.select_related("event__venue", "item", "channel").order_by(
            "event__venue__slug",
            "event__starts_at",
            "event",
            "item__position",
            "item",
            "channel__code",
        )

    def own_key(self, values: Mapping[str, Value]) -> Key:
        return (name_key(values["item"]), values["channel"])

    def load(self, rows: Sequence[Mapping[str, Value]], references: References) -> None:
        super().load(rows, references)
        references.load_channels()
        keys = {event_key(values) for values in rows}
        references.load_parts(Item, keys, Items().queryset())

    def identify(self, values: Mapping[str, Value], references: References) -> tuple[Key, Any]:
        key, listing = super().identify(values, references)
        item = references.parts[Item].get((*event_key(values), name_key(values["item"])))
        if item is None:
            raise Wrong("item", f"The event has no item {excerpt(values['item'])}.")
        channel = references.channel(values["venue"], values["channel"])
        if listing is not None:
            listing.item, listing.channel = item, channel  # as the file's own rows leave them
        return key, listing

    def make(self, values: Mapping[str, Value], references: References) -> Listing:
        if values.get("price") is None:
            raise Wrong("price", "A new listing needs a price.")
        return Listing(
            event=references.event(event_key(values)),
            item=references.parts[Item][(*event_key(values), name_key(values["item"]))],
            channel=references.channel(values["venue"], values["channel"]),
        )

    def complete(self, planned: RowChange, references: References) -> None:
        ask_limit(planned)

    def rules(self, target: Listing) -> Iterator[tuple[str, str]]:
        yield from in_order(target, "sales_from", "sales_until", "The sale ends after it begins.")
        if target.price_floor is not None and target.price_floor > target.price:
            yield "price_floor", f"The floor {target.price_floor} is above the price."
        if target.price_ceiling is not None and target.price_ceiling < target.price:
            yield "price_ceiling", f"The ceiling {target.price_ceiling} is below the price."
        if target.channel.pricing == Pricing.FREE:
            for name in BOUNDS:
                if getattr(target, name) is None:
                    yield name, str(FREE_IS_BOUNDED)

    def at_once(
        self, plans: Sequence[RowChange], references: References, now: datetime
    ) -> Iterator[str]:
        yield from windows_at_once(plans, now)

    def check_all(
        self, plans: Sequence[RowChange], references: References
    ) -> Iterator[tuple[Row, Wrong]]:
        yield from below_use(plans, "listing")

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        new = []
        for planned in plans:
            if planned.is_new:
                planned.target.limit = planned.to_settle.get("limit")
                new.append(planned.target)
        if new:
            list_items(listings=new, by=why.by, reason=why.reason)
        save_all([planned for planned in plans if not planned.is_new], why)

    def settle(self, planned: RowChange, why: Why) -> None:
        if "limit" in planned.to_settle:
            set_listing_limit(
                listing=planned.target,
                limit=planned.to_settle["limit"],
                by=why.by,
                reason=why.reason,
            )
