"""Events and their items as partners see them."""

from decimal import Decimal
from typing import Annotated

from typing_extensions import TypedDict

from allocations.models import Listing
from common.clock import utc
from common.json_types import Amount, Clock, Currency, JsonSchema, Moment, OneOf, RowId
from events.enums import EventStatus, ItemKind, UnitType
from events.models import Event, Item


class VenueJson(TypedDict):
    """Where; its zone and currency hold for all its events."""

    id: RowId
    name: str
    city: str
    time_zone: Annotated[str, JsonSchema(examples=["Asia/Kolkata"])]
    currency: Currency


class SeriesJson(TypedDict):
    """A show with several dates."""

    id: RowId
    name: str


class EventJson(TypedDict):
    """One date."""

    id: RowId
    name: str
    status: Annotated[str, OneOf(EventStatus.values)]
    venue: VenueJson
    series: SeriesJson | None
    utc_starts_at: Moment
    local_starts_at: Moment
    utc_ends_at: Moment | None
    local_ends_at: Moment | None
    all_day: bool
    opens_at: Clock | None
    closes_at: Clock | None
    utc_sales_from: Moment | None
    utc_sales_until: Moment
    stop_reason: str
    utc_modified_at: Moment


class EventItemJson(TypedDict):
    """An item with the channel's terms; without a channel the terms are null."""

    id: RowId
    name: str
    kind: Annotated[str, OneOf(ItemKind.values)]
    unit_type: Annotated[str, OneOf(UnitType.values)]
    min_per_booking: int
    max_per_booking: int | None
    utc_sales_from: Moment | None
    utc_sales_until: Moment | None
    price: Amount | None
    price_floor: Amount | None
    price_ceiling: Amount | None
    listing_sales_from: Moment | None
    listing_sales_until: Moment | None


class EventWithItemsJson(EventJson):
    """One date with its items."""

    items: list[EventItemJson]


def present_event(event: Event) -> EventJson:
    """An event as partners see it."""
    venue, series, zone = event.venue, event.series, event.venue.zone
    return {
        "id": event.pk,
        "name": event.name,
        "status": event.status,
        "venue": {
            "id": venue.pk,
            "name": venue.name,
            "city": venue.city,
            "time_zone": venue.time_zone,
            "currency": venue.currency,
        },
        "series": {"id": series.pk, "name": series.name} if series else None,
        "utc_starts_at": utc(event.starts_at),
        "local_starts_at": event.starts_at.astimezone(zone).isoformat(),
        "utc_ends_at": utc(event.ends_at),
        "local_ends_at": event.ends_at.astimezone(zone).isoformat() if event.ends_at else None,
        "all_day": event.all_day,
        "opens_at": event.opens_at.isoformat("minutes") if event.opens_at else None,
        "closes_at": event.closes_at.isoformat("minutes") if event.closes_at else None,
        "utc_sales_from": utc(event.sales_from),
        "utc_sales_until": utc(event.sales_close),
        "stop_reason": event.stopped_because,  # type: ignore[attr-defined]
        "utc_modified_at": utc(event.modified_at),
    }


def present_items(event: Event, channel_id: int | None) -> list[EventItemJson]:
    """What the channel lists with its terms; without a channel, every item and no terms."""
    if channel_id is None:
        return [_present_item(item, None) for item in event.items.order_by("position", "pk")]
    listings = (
        Listing.objects.filter(event=event, channel_id=channel_id)
        .select_related("item")
        .order_by("item__position", "item_id")
    )
    return [_present_item(listing.item, listing) for listing in listings]


def _present_item(item: Item, listing: Listing | None) -> EventItemJson:
    return {
        "id": item.pk,
        "name": item.name,
        "kind": item.kind,
        "unit_type": item.unit_type,
        "min_per_booking": item.min_per_booking,
        "max_per_booking": item.max_per_booking,
        "utc_sales_from": utc(item.sales_from),
        "utc_sales_until": utc(item.sales_until),
        "price": amount(listing.price) if listing else None,
        "price_floor": amount(listing.price_floor) if listing else None,
        "price_ceiling": amount(listing.price_ceiling) if listing else None,
        "listing_sales_from": utc(listing.sales_from) if listing else None,
        "listing_sales_until": utc(listing.sales_until) if listing else None,
    }


def amount(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
