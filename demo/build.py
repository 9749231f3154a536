"""Builds the demo through the same services as everybody else, so that the ledger is whole."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from allocations import services as allocations
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM, Actor
from common.errors import RefusedError
from demo import season
from events.enums import EventStatus, ItemKind
from events.models import Component, Event, Item, Pool, Series, Venue
from sales import limits
from sales import services as sales
from sales.orders import Order, OrderLine

REASON = "Demo season"
# Of the demo's bookings: paid at once, and of those given back.
CONFIRMED, REFUNDED = 0.94, 0.03
PASSWORD = "finlo-demo"  # noqa: S105 - printed on the screen of whoever starts the demo


@dataclass(frozen=True, slots=True)
class Built:
    events: int
    bookings: int
    tickets: int


def build(seed: int = 2026) -> Built:
    """Create the whole demo. ``seed`` decides every sale; dates count from today."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable demo, not a secret
    with transaction.atomic():
        venues = {slug: _venue(slug) for slug in season.VENUES}
        _people(venues)
        channels = {slug: _channels(venue) for slug, venue in venues.items()}
        events = [
            (plan, _event(plan, venues[plan.venue], channels[plan.venue])) for plan in season.EVENTS
        ]
    bookings = tickets = 0
    for plan, event in events:
        done, sold = _sell(plan, event, channels[plan.venue], chance)
        bookings += done
        tickets += sold
    return Built(len(events), bookings, tickets)


def _venue(slug: str) -> Venue:
    name, city = season.VENUES[slug]
    return Venue.objects.create(slug=slug, name=name, city=city)


def _people(venues: dict[str, Venue]) -> None:
    for person in season.PEOPLE:
        if person.role is None:
            User.objects.create_superuser(person.email, PASSWORD, name=person.name)
            continue
        user = User.objects.create_user(person.email, PASSWORD, name=person.name, is_staff=True)
        user.groups.add(Group.objects.get(name=person.role.value))
        user.venues.set(venues[slug] for slug in person.venues)


def _channels(venue: Venue) -> dict[str, SalesChannel]:
    return {
        plan.code: SalesChannel.objects.create(
            venue=venue,
            code=plan.code,
            name=plan.name,
            kind=plan.kind,
            place=plan.place,
            team=plan.team,
            audience=plan.audience,
            pricing=plan.pricing,
            connectivity=plan.connectivity,
            settlement_days=plan.settlement_days,
            default_hold_seconds=plan.default_hold_seconds,
        )
        for plan in season.CHANNELS
    }


def _starts_at(plan: season.Event, venue: Venue) -> datetime:
    day = timezone.now().astimezone(venue.zone).date() + timedelta(days=plan.days_ahead)
    return datetime.combine(day, plan.starts, venue.zone)


def _event(plan: season.Event, venue: Venue, channels: dict[str, SalesChannel]) -> Event:
    starts_at = _starts_at(plan, venue)
    series = None
    if plan.series:
        series, _created = Series.objects.get_or_create(venue=venue, name=plan.series)
    event = Event.objects.create(
        venue=venue,
        series=series,
        name=plan.name,
        status=EventStatus.ON_SALE,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=plan.hours),
        all_day=plan.all_day,
        opens_at=time(10, 0) if plan.all_day else None,
        closes_at=time(21, 0) if plan.all_day else None,
    )
    pools = {
        name: allocations.add_pool(
            event=event, name=name, capacity=capacity, by=SYSTEM, reason=REASON, position=position
        )
        for position, (name, capacity) in enumerate(plan.pools.items())
    }
    items = {
        item.name: _item(item, event, pools, position) for position, item in enumerate(plan.items)
    }
    for item in plan.items:
        for channel in season.CHANNELS:
            _listing(plan, item, items[item.name], channel, channels[channel.code])
    for name, pool in pools.items():
        _allocate(pool, plan.pools[name], channels)
    if plan.stop_item:
        name, reason = plan.stop_item
        Item.objects.filter(pk=items[name].pk).update(stop_reason=reason)
    return event


def _item(plan: season.Item, event: Event, pools: dict[str, Pool], position: int) -> Item:
    item = Item.objects.create(
        event=event,
        name=plan.name,
        kind=plan.kind,
        unit_type=plan.unit_type,
        most_per_booking=plan.most,
        position=position,
    )
    for pool, units in plan.takes.items():
        Component.objects.create(item=item, pool=pools[pool], units=units)
    if plan.limit is not None:
        limits.set_item_limit(item=item, limit=plan.limit, by=SYSTEM, reason=REASON)
    return item


def _listing(
    plan: season.Event, item: season.Item, row: Item, channel: season.Channel, sold_by: SalesChannel
) -> Listing:
    price = Decimal(0) if channel.complimentary else Decimal(item.price)
    traits: dict[str, object] = {}
    if channel.pricing == "FREE":
        traits = {"price_floor": price * Decimal("0.9"), "price_ceiling": price * Decimal("1.2")}
    listing = allocations.list_item(item=row, channel=sold_by, price=price, reason=REASON, **traits)
    limit = plan.listing_limits.get((item.name, channel.code))
    if limit is not None:
        limits.set_listing_limit(listing=listing, limit=limit, by=SYSTEM, reason=REASON)
    return listing


def _allocate(pool: Pool, capacity: int, channels: dict[str, SalesChannel]) -> None:
    partners = allocations.named_row(pool=pool, name=season.PARTNERS_ROW)
    allocations.move_quantity(
        source=allocations.general_row(pool),
        target=partners,
        units=capacity * 10 // 100,
        by=SYSTEM,
        reason=REASON,
    )
    for plan in season.CHANNELS:
        row = allocations.channel_row(pool=pool, channel=channels[plan.code])
        if units := capacity * plan.share // 100:
            allocations.allocate(
                pool=pool, channel=channels[plan.code], units=units, by=SYSTEM, reason=REASON
            )
        if plan.draws_on is not None:
            allocations.set_drawing(
                row=row,
                draws_on=partners if plan.draws_on else allocations.general_row(pool),
                ceiling=capacity * plan.ceiling_percent // 100 if plan.ceiling_percent else None,
                by=SYSTEM,
                reason=REASON,
            )


def _sell(
    plan: season.Event, event: Event, channels: dict[str, SalesChannel], chance: random.Random
) -> tuple[int, int]:
    """Sell, hold, refund and give back as a real season would; returns bookings and tickets."""
    items = {item.name: item.pk for item in event.items.all()}
    wanted = [item for item in plan.items if item.demand and item.kind != ItemKind.SAME_DAY]
    bookings = tickets = 0
    for _ in range(plan.bookings):
        channel = chance.choices(season.CHANNELS, [found.demand for found in season.CHANNELS])[0]
        item = chance.choices(wanted, [found.demand for found in wanted])[0]
        quantity = chance.choices((1, 2, 3, 4), (3, 6, 2, 3))[0]
        quantity = min(quantity, item.most or quantity)
        fate = chance.random()
        order = Order(
            event.pk,
            channels[channel.code].pk,
            (OrderLine(items[item.name], quantity),),
            confirm=fate < CONFIRMED,
            reference=f"DEMO-{chance.randrange(10**6):06d}",
        )
        try:
            answer = sales.book(order, by=Actor())
        except RefusedError:
            continue  # the demo wants what is not to be had now and then, as buyers do
        bookings += 1
        tickets += quantity
        if fate < REFUNDED and answer.booking_id is not None:
            sales.cancel(answer.booking_id, by=SYSTEM, reason="Buyer cannot come")
    return bookings, tickets
