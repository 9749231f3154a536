"""One event: set up before its first sale, and brought to where it stands today after the last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from allocations import services as allocations
from allocations.enums import Pricing, StockKind
from allocations.models import Listing, SalesChannel, Stock
from allocations.offers import list_items
from common.actor import Actor
from common.history import save_because
from demo import season
from demo.backdate import Story
from demo.cast import REASON, Company
from demo.dates import A_MOMENT, Dates
from demo.plans import divide, draft
from demo.season import shapes
from events.enums import EventStatus, ItemKind
from events.models import Component, Event, Item, Pool, Series
from events.services import close_event, pause_event, publish_event
from sales import limits


@dataclass(frozen=True, slots=True)
class Stage:
    """An event of the season and the rows that were made of it."""

    plan: shapes.Event
    dates: Dates
    event: Event
    manager: Actor
    pools: Mapping[str, Pool]
    items: Mapping[str, Item]
    channels: Mapping[str, SalesChannel]
    listings: Mapping[tuple[str, str], Listing]  # (item, channel)

    def rows(self, pool: str) -> dict[str, Stock]:
        """The channels' rows of a pool that have any quantity."""
        rows = Stock.objects.filter(
            pool=self.pools[pool], kind=StockKind.CHANNEL, quantity__gt=0
        ).select_related("channel")
        return {row.channel.code: row for row in rows if row.channel}


def make_event(plan: shapes.Event, dates: Dates, company: Company, story: Story) -> Stage:
    manager = company.manager(plan.venue)
    with story.at(dates.set_up):
        event = _event(plan, dates, company, manager)
        pools = {
            name: allocations.add_pool(
                event=event, name=name, capacity=capacity, by=manager, reason=REASON, position=place
            )
            for place, (name, capacity) in enumerate(plan.pools.items())
        }
        items = {
            item.name: _item(item, event, pools, place, manager)
            for place, item in enumerate(plan.items)
        }
        channels = {
            code: company.channels[plan.venue, code]
            for code in season.VENUES[plan.venue].channels
            if code in plan.plan.parts
        }
        listings = _list(plan, items, channels, manager)
        stage = Stage(plan, dates, event, manager, pools, items, channels, listings)
        for pool in pools:
            divide(stage, pool, plan.plan.reason, dates.set_up, first=True)
    if plan.status != EventStatus.DRAFT:
        with story.at(dates.opens):
            publish_event(event_id=event.pk, by=manager, reason="On sale as planned")
            event.refresh_from_db()
    return stage


def _event(plan: shapes.Event, dates: Dates, company: Company, manager: Actor) -> Event:
    venue = company.venues[plan.venue]
    series = None
    if plan.series:
        series = Series.objects.filter(venue=venue, name=plan.series).first()
        if series is None:
            series = Series(venue=venue, name=plan.series)
            save_because(series, REASON, by=manager)
    event = Event(
        venue=venue,
        series=series,
        name=plan.name,
        starts_at=dates.starts,
        ends_at=dates.ends,
        all_day=plan.all_day,
        opens_at=time(10, 0) if plan.all_day else None,
        closes_at=time(21, 0) if plan.all_day else None,
        sales_from=dates.opens,
        # What is over can be sold for as long as the loading takes; finish_event() ends that.
        sales_until=dates.now + timedelta(days=1) if dates.is_over else None,
    )
    save_because(event, REASON, by=manager)
    return event


def _item(
    plan: shapes.Item, event: Event, pools: Mapping[str, Pool], position: int, by: Actor
) -> Item:
    item = Item(
        event=event,
        name=plan.name,
        # A same-day item could be sold on one day alone; it becomes one in finish_event().
        kind=ItemKind.STANDALONE if plan.kind == ItemKind.SAME_DAY else plan.kind,
        unit_type=plan.unit_type,
        max_per_booking=plan.maximum,
        position=position,
    )
    save_because(item, REASON, by=by)
    for pool, units in plan.takes.items():
        save_because(Component(item=item, pool=pools[pool], units=units), REASON, by=by)
    if plan.limit is not None:
        limits.set_item_limit(item=item, limit=plan.limit, by=by, reason=REASON)
    return item


def _list(
    plan: shapes.Event,
    items: Mapping[str, Item],
    channels: Mapping[str, SalesChannel],
    by: Actor,
) -> dict[tuple[str, str], Listing]:
    listings = {
        (item.name, code): _listing(item, items[item.name], channel)
        for item in plan.items
        for code, channel in channels.items()
        if item.kind in season.CHANNELS[code].sells
    }
    list_items(listings=list(listings.values()), by=by, reason=REASON)
    for key, limit in plan.listing_limits.items():
        limits.set_listing_limit(listing=listings[key], limit=limit, by=by, reason=REASON)
    return listings


def _listing(plan: shapes.Item, item: Item, channel: SalesChannel) -> Listing:
    price = Decimal(0) if season.CHANNELS[channel.code].complimentary else plan.price
    listing = Listing(item=item, channel=channel, price=price)
    if channel.pricing == Pricing.FREE:
        listing.price_floor, listing.price_ceiling = price * Decimal("0.9"), price * Decimal("1.2")
    return listing


def finish_event(stage: Stage, story: Story) -> None:
    """Set what would have stood in the way of selling weeks in a minute, and what came since."""
    _windows(stage, story)
    _stops(stage, story)
    draft(stage)
    plan, dates, event = stage.plan, stage.dates, stage.event
    if plan.status == EventStatus.PAUSED:
        with story.at(dates.status_changed):
            pause_event(event_id=event.pk, by=stage.manager, reason=plan.status_reason)
    if dates.is_over:
        with story.at(min(dates.ends, dates.now - A_MOMENT)):
            close_event(event_id=event.pk, by=stage.manager, reason="The event is over")
            event.refresh_from_db()
            event.sales_until = dates.ends
            save_because(event, REASON, by=stage.manager, fields=("sales_until",))


def _windows(stage: Stage, story: Story) -> None:
    with story.at(stage.dates.set_up + timedelta(hours=1)):
        for plan in stage.plan.items:
            item = stage.items[plan.name]
            if plan.kind == ItemKind.SAME_DAY:
                item.kind = plan.kind
                save_because(item, "Sold on the day alone", by=stage.manager, fields=("kind",))
            if plan.until is not None:
                item.sales_until = stage.dates.before(plan.until)
                save_because(item, "Sold early alone", by=stage.manager, fields=("sales_until",))


def _stops(stage: Stage, story: Story) -> None:
    for stop in stage.plan.stops:
        row: Item | Listing = (
            stage.items[stop.item]
            if stop.channel is None
            else stage.listings[stop.item, stop.channel]
        )
        row.stop_reason = stop.reason
        with story.at(stage.dates.stopped_at(stop.days_ago)):
            save_because(row, stop.reason, by=stage.manager, fields=("stop_reason",))
