"""How much of each item a channel can sell at this moment, and whether that has changed.

One statement reads the event's version, the clock and the few counters that matter; the set-up
comes from memory. Bookings and movements are not looked at, however many there are.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from django.db import connection
from typing_extensions import TypedDict

from allocations.sellable import LimitedBy, SaleStatus
from allocations.setup import (
    ChannelSetup,
    EventSetup,
    ItemSetup,
    ListingSetup,
    kept_setup,
    setup_of,
)
from common.clock import utc
from common.errors import NotFoundError, RefusedError
from common.json_types import Amount, Count, Currency, Moment, OneOf, RowId
from events.enums import EventStatus, ItemKind
from idempotency.errors import BusyError
from partners.api.sharing import Shared
from sales.offers import changes_at, offer_of
from sales.rules import find_channel

# The set-up must change at every look for these to run out.
LOOKS = 8
MAX_PLANS = 2_000


class Row(NamedTuple):
    quantity: int
    held: int
    sold: int
    version: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a set-up one channel's availability rests on."""

    setup: EventSetup
    channel: ChannelSetup
    rows: tuple[int, ...]
    boundaries: tuple[datetime, ...]  # the moments at which it changes by itself


@dataclass(frozen=True, slots=True)
class View:
    """A channel's availability, read in one statement."""

    plan: Plan
    now: datetime
    rows: dict[int, Row]

    @property
    def etag(self) -> str:
        """Another one whenever the answer is another; weak, because ``utc_as_of`` is not in it.

        Versions only ever grow, so that their sum stays only if none has changed; which rows it
        is of, the set-up's version says.
        """
        versions = sum(row.version for row in self.rows.values())
        passed = bisect_right(self.plan.boundaries, self.now)
        setup = self.plan.setup
        version = f"{setup.config_version}-{setup.surroundings}"
        return f'W/"{self.plan.channel.id}-{version}-{versions}-{passed}"'


class ClosedJson(TypedDict):
    """Why it is closed, and from when until when it is open where time decides that."""

    code: str
    detail: str
    sales_from: Moment | None
    sales_until: Moment | None


class AvailableItemJson(TypedDict):
    """An item that the channel lists."""

    id: RowId
    name: str
    kind: Annotated[str, OneOf(ItemKind.values)]
    price: Amount
    currency: Currency
    status: Annotated[str, OneOf(SaleStatus)]
    """
    LIMITED: less than half is left. SOLD_OUT: fewer than `min_per_booking` are left. CLOSED: it cannot
    be sold now, `reason` says why and from when. Who was given nothing, or may draw later only, is CLOSED
    and not SOLD_OUT.
    """
    sellable: Count
    """How many the channel could sell now."""
    limited_by: LimitedBy | None
    """What would end first."""
    reason: ClosedJson | None
    min_per_booking: int
    max_per_booking: int | None


class AvailabilityJson(TypedDict):
    """What one channel can sell of an event at one moment."""

    event: RowId
    channel: RowId
    event_status: Annotated[str, OneOf(EventStatus.values)]
    currency: Currency
    utc_as_of: Moment
    items: list[AvailableItemJson]


_plans: dict[tuple[int, int], Plan] = {}


_views: Shared[View] = Shared()


def view_availability(event_id: int, channel_id: int) -> View:
    """As of now or later. Raises ``NotFoundError`` when the channel lists nothing of the event."""
    return _views.get((event_id, channel_id), lambda: _view(event_id, channel_id))


def _view(event_id: int, channel_id: int) -> View:
    setup = kept_setup(event_id)
    for _ in range(LOOKS):
        plan = _plan(setup, channel_id) if setup is not None else None
        version, surroundings, now, rows = _look(event_id, plan.rows if plan else ())
        if setup is not None and setup.is_as_of(version, surroundings):
            find_channel(setup, channel_id)
            if plan is not None:
                return View(plan, now, rows)
        setup = setup_of(event_id, version, surroundings)
    raise BusyError("The event's set-up keeps changing. Try again.")


def _look(event_id: int, row_ids: tuple[int, ...]) -> tuple[int, str, datetime, dict[int, Row]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.config_version, around.value, clock_timestamp(),"
            " s.id, s.quantity, s.held, s.sold, s.version"
            " FROM events_event e, allocations_surroundings(e.id) AS around (value)"
            " LEFT JOIN allocations_stock s ON s.id = ANY (%s)"
            " WHERE e.id = %s",
            [list(row_ids), event_id],
        )
        records = cursor.fetchall()
    if not records:
        raise NotFoundError(f"There is no event {event_id}.", field="event")
    rows = {row[3]: Row(*row[4:]) for row in records if row[3] is not None}
    return records[0][0], records[0][1], records[0][2], rows


def _plan(setup: EventSetup, channel_id: int) -> Plan | None:
    kept = _plans.get((setup.id, channel_id))
    if kept is not None and kept.setup is setup:
        return kept
    channel = setup.channels.get(channel_id)
    if channel is None:
        return None
    row_ids: set[int] = set()
    moments: set[datetime] = set()
    for item, listing in listed(setup, channel_id):
        moments.update(changes_at(setup, listing))
        for row_id in setup.listing_rows(item.id, channel_id) or ():
            row_ids.add(row_id)
            draws_on = setup.rows[row_id].draws_on
            if draws_on is not None:
                row_ids.add(draws_on)
    plan = Plan(setup, channel, tuple(sorted(row_ids)), tuple(sorted(moments)))
    if len(_plans) >= MAX_PLANS:
        _plans.clear()
    _plans[setup.id, channel_id] = plan
    return plan


def listed(setup: EventSetup, channel_id: int) -> Iterator[tuple[ItemSetup, ListingSetup]]:
    """The items that the channel lists, in the venue's order."""
    for item in setup.items.values():
        listing = setup.listings.get((item.id, channel_id))
        if listing is not None:
            yield item, listing


def present(view: View) -> AvailabilityJson:
    """The availability as partners see it."""
    setup, channel = view.plan.setup, view.plan.channel
    return {
        "event": setup.id,
        "channel": channel.id,
        "event_status": setup.status,
        "currency": setup.currency,
        "utc_as_of": utc(view.now),
        "items": [
            _present_item(view, item, listing) for item, listing in listed(setup, channel.id)
        ],
    }


def _present_item(view: View, item: ItemSetup, listing: ListingSetup) -> AvailableItemJson:
    setup = view.plan.setup
    offer = offer_of(setup, view.rows, listing, view.now, "item")
    refusal = offer.refusal
    return {
        "id": item.id,
        "name": item.name,
        "kind": item.kind,
        "price": f"{listing.price:.2f}",
        "currency": setup.currency,
        "status": offer.status,
        "sellable": offer.sellable,
        "limited_by": None if refusal else offer.limited_by,
        "reason": _present_reason(refusal) if refusal else None,
        "min_per_booking": item.minimum,
        "max_per_booking": item.maximum,
    }


def _present_reason(refusal: RefusedError) -> ClosedJson:
    """Why it is closed, and where time opens or has closed it, from when until when it is open."""
    numbers: Mapping[str, Any] = refusal.numbers
    return {
        "code": refusal.code,
        "detail": refusal.detail,
        "sales_from": numbers.get("sales_from"),
        "sales_until": numbers.get("sales_until"),
    }
