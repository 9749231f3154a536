"""What a counter can sell now: its events, soonest first, and of each what the counter lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from typing_extensions import TypedDict

from accounts.models import User
from allocations.counters import Reading, read_setup
from allocations.enums import Pricing
from allocations.models import Listing, SalesChannel
from allocations.setup import EventSetup, ListingSetup
from boxoffice.counter.answers import ShiftJson, money_text, present_shift
from boxoffice.counter.selectors import GIVE_AWAY, REFUND, expected_cash, open_shift_of
from common.clock import database_now, utc
from events.enums import EventStatus, ItemKind
from events.models import Event
from sales.offers import offer_of

# A screen shows so many at once; others are found by their name.
MAX_EVENTS = 60
SHOWN = (EventStatus.ON_SALE, EventStatus.PAUSED)


class BoundsJson(TypedDict):
    """Between which prices the counter sets its own."""

    floor: str
    ceiling: str


class ItemJson(TypedDict):
    """An item as the counter offers it; ``units`` that one takes, by the pool's id; ``why`` is the code of the refusal that a sale would get."""

    id: int
    listing: int
    name: str
    kind: str
    takes: str
    units: dict[str, int]
    price: str
    pricing: BoundsJson | None
    min: int
    max: int | None
    sellable: int
    status: str
    limited_by: str
    why: str
    detail: str


class EventJson(TypedDict):
    """An event at the counter."""

    id: int
    name: str
    utc_starts_at: str
    all_day: bool
    status: str
    currency: str
    config_version: int
    surroundings: str
    items: list[ItemJson]


class ChannelJson(TypedDict):
    """The counter."""

    id: int
    name: str
    connectivity: str
    default_hold_seconds: int
    longest_hold_seconds: int
    longest_lease_hours: int


class ClerkJson(TypedDict):
    """Who sells, and what he or she may do."""

    id: int
    name: str
    may_refund: bool
    may_give_away: bool


class VenueJson(TypedDict):
    """Where it is; ``upi`` is to whom a UPI payment goes."""

    name: str
    time_zone: str
    currency: str
    upi: dict[str, str] | None


class CatalogJson(TypedDict):
    """Everything that the screen begins with."""

    channel: ChannelJson
    clerk: ClerkJson
    venue: VenueJson
    shift: ShiftJson | None
    utc_now: str
    events: list[EventJson]
    more_events: int


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Which events are asked for: those with the text in their name, or the one."""

    text: str = ""
    event_id: int | None = None


def catalog(counter: SalesChannel, clerk: User, choice: EventChoice) -> CatalogJson:
    now = database_now()
    events = events_at(counter, now, choice)
    shown = list(events[:MAX_EVENTS])
    shift = open_shift_of(clerk, counter.pk)
    venue = counter.venue
    return {
        "channel": {
            "id": counter.pk,
            "name": counter.name,
            "connectivity": counter.connectivity,
            "default_hold_seconds": counter.default_hold_seconds,
            "longest_hold_seconds": counter.longest_hold_seconds,
            "longest_lease_hours": counter.longest_lease_hours,
        },
        "clerk": {
            "id": clerk.pk,
            "name": clerk.name,
            "may_refund": clerk.has_perm(REFUND),
            "may_give_away": clerk.has_perm(GIVE_AWAY),
        },
        "venue": {
            "name": venue.name,
            "time_zone": venue.time_zone,
            "currency": venue.currency,
            "upi": {"vpa": venue.upi_address, "name": venue.upi_name}
            if venue.upi_address
            else None,
        },
        "shift": None if shift is None else present_shift(shift, expected_cash(shift)),
        "utc_now": utc(now),
        "events": list(_present(shown, counter)),
        "more_events": events.count() - len(shown) if len(shown) == MAX_EVENTS else 0,
    }


def events_at(counter: SalesChannel, now: datetime, choice: EventChoice) -> QuerySet[Event]:
    """What the counter lists and is on sale or paused, from yesterday on: a night ends today."""
    zone = counter.venue.zone
    yesterday = datetime.combine(
        now.astimezone(zone).date() - timedelta(days=1), time(), tzinfo=zone
    )
    listed = Listing.objects.filter(channel=counter).values("event_id")
    events = Event.objects.filter(pk__in=listed, status__in=SHOWN)
    if choice.event_id is not None:
        return events.filter(pk=choice.event_id)
    if choice.text:
        events = events.filter(name__icontains=choice.text)
    return events.filter(Q(starts_at__gte=yesterday) | Q(ends_at__gte=now)).order_by(
        "starts_at", "pk"
    )


def _present(events: Iterable[Event], counter: SalesChannel) -> Iterable[EventJson]:
    for event in events:
        setup_and_reading = read_setup(event.pk)
        if setup_and_reading is None:  # it has just gone
            continue
        setup, reading = setup_and_reading
        yield {
            "id": event.pk,
            "name": setup.name,
            "utc_starts_at": utc(setup.starts_at),
            "all_day": event.all_day,
            "status": setup.status,
            "currency": setup.currency,
            "config_version": setup.config_version,
            "surroundings": setup.surroundings,
            "items": list(_items(setup, reading, counter.pk)),
        }


def _items(setup: EventSetup, reading: Reading, channel_id: int) -> Iterable[ItemJson]:
    """In the venue's order. Same-day items are there on the day."""
    for item in setup.items.values():
        listing = setup.listings.get((item.id, channel_id))
        if listing is None:
            continue
        if item.kind == ItemKind.SAME_DAY and not setup.day.includes(reading.now):
            continue
        offer = offer_of(setup, reading.counters, listing, reading.now)
        yield {
            "id": item.id,
            "listing": listing.id,
            "name": item.name,
            "kind": item.kind,
            "takes": ", ".join(
                f"{units} × {setup.pool_names[pool]}" if units > 1 else setup.pool_names[pool]
                for pool, units in item.units.items()
            ),
            "units": {str(pool): units for pool, units in item.units.items()},
            "price": money_text(listing.price),
            "pricing": _bounds(setup, listing),
            "min": item.minimum,
            "max": item.maximum,
            "sellable": offer.sellable,
            "status": offer.status,
            "limited_by": offer.limited_by,
            "why": offer.refusal.code if offer.refusal else "",
            "detail": offer.refusal.detail if offer.refusal else "",
        }


def _bounds(setup: EventSetup, listing: ListingSetup) -> BoundsJson | None:
    is_free = setup.channels[listing.channel_id].pricing == Pricing.FREE
    if not is_free or listing.price_floor is None or listing.price_ceiling is None:
        return None
    return {
        "floor": money_text(listing.price_floor),
        "ceiling": money_text(listing.price_ceiling),
    }
