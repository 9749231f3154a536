"""May this channel sell these items now, and at which price? Stock aside, which the ledger knows.

``now`` is always the database's clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from allocations.enums import Pricing
from allocations.errors import RowRefusal, StockRefusedError
from allocations.sellable import LimitedBy, Shut, ShutWhy
from allocations.setup import ChannelSetup, EventSetup, ItemSetup, ListingSetup, Window
from common.clock import utc
from common.errors import InvalidInputError, NotFoundError, RefusedError
from common.text import moment, money
from events.enums import EventStatus, ItemKind
from sales.errors import (
    NotOnSaleError,
    OutsideSalesWindowError,
    PerBookingError,
    PriceOutOfRangeError,
    SoldOutError,
    StopSellError,
)
from sales.orders import MAX_LINES, MAX_PER_LINE, OrderLine

LARGEST_PRICE = Decimal("9999999999.99")  # what its column holds


@dataclass(frozen=True, slots=True)
class Quote:
    """An order line with its listing and price found."""

    item_id: int
    listing_id: int
    quantity: int
    unit_price: Decimal


def find_channel(setup: EventSetup, channel_id: int) -> ChannelSetup:
    """Raises ``NotFoundError`` when the channel lists nothing of the event."""
    try:
        return setup.channels[channel_id]
    except KeyError:
        raise NotFoundError("There is no such event for this channel.", field="event") from None


def quote(
    setup: EventSetup, channel: ChannelSetup, lines: Sequence[OrderLine], now: datetime
) -> list[Quote]:
    """Check a whole new order. Raises the refusal that names the first line at fault."""
    quotes = quote_lines(setup, channel, lines, now)
    check_per_booking(setup, ((line.item_id, line.quantity) for line in lines))
    return quotes


def quote_lines(
    setup: EventSetup, channel: ChannelSetup, lines: Sequence[OrderLine], now: datetime
) -> list[Quote]:
    """The same of tickets that are no booking yet: an item's least and most do not count."""
    if not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInputError(
            f"An order has 1 to {MAX_LINES} lines, not {len(lines)}.", field="lines"
        )
    check_event(setup, channel, now)
    quotes = []
    for index, line in enumerate(lines):
        field = f"lines[{index}]"
        check_quantity(line.quantity, f"{field}.quantity")
        listing = may_sell(setup, channel.id, line.item_id, now, field)
        price = price_of(listing, channel, line.unit_price, setup.currency, field)
        quotes.append(Quote(line.item_id, listing.id, line.quantity, price))
    return quotes


def require_still_open(
    setup: EventSetup, channel_id: int, item_ids: Sequence[int], now: datetime
) -> None:
    """The same question of items of an order once their stock is locked: a window may have ended meanwhile.

    Raises as ``quote``.
    """
    check_event(setup, find_channel(setup, channel_id), now)
    for index, item_id in enumerate(item_ids):
        may_sell(setup, channel_id, item_id, now, f"lines[{index}]")


def check_quantity(quantity: int, field: str, *, minimum: int = 1) -> None:
    if not minimum <= quantity <= MAX_PER_LINE:
        raise InvalidInputError(
            f"A line has {minimum} to {MAX_PER_LINE} tickets, not {quantity}.", field=field
        )


def check_event(setup: EventSetup, channel: ChannelSetup, now: datetime) -> None:
    """Raises when no sale at all may start for the event or by the channel."""
    refusal = event_refusal(setup, channel, now)
    if refusal:
        raise refusal


def require_not_cancelled(setup: EventSetup) -> None:
    """Raises ``NotOnSaleError`` for an event that will not take place."""
    if setup.status == EventStatus.CANCELLED:
        raise NotOnSaleError("The event was cancelled.", field="event")


def event_refusal(setup: EventSetup, channel: ChannelSetup, now: datetime) -> RefusedError | None:
    if setup.status != EventStatus.ON_SALE:
        return NotOnSaleError(
            f"The event is {setup.status.label.lower()}.", field="event", event_status=setup.status
        )
    if setup.stop_reason:
        return StopSellError(f"The event is stopped: {setup.stop_reason}", field="event")
    if channel.stop_reason:
        return StopSellError(f"The channel is stopped: {channel.stop_reason}", field="channel")
    return window_refusal(setup.window, now, "The event", "event", setup.zone)


def may_sell(
    setup: EventSetup, channel_id: int, item_id: int, now: datetime, field: str
) -> ListingSetup:
    """The listing under which the channel may sell the item now. Raises the refusal if not."""
    listing = setup.listings.get((item_id, channel_id))
    if listing is None:
        raise NotFoundError(
            f"There is no item {item_id} for this channel in the event.", field=f"{field}.item"
        )
    refusal = item_refusal(setup, setup.items[item_id], listing, now, field)
    if refusal:
        raise refusal
    return listing


def item_refusal(
    setup: EventSetup, item: ItemSetup, listing: ListingSetup, now: datetime, field: str
) -> RefusedError | None:
    where = f"{field}.item"
    if not listing.is_on:
        return NotOnSaleError(f"{item.name} is not offered through this channel.", field=where)
    if setup.listing_rows(item.id, listing.channel_id) is None:
        return NotOnSaleError(
            f"{item.name} takes from no pool that this channel has a part in.", field=where
        )
    for reason in (item.stop_reason, listing.stop_reason):
        if reason:
            return StopSellError(f"{item.name} is stopped: {reason}", field=where)
    for window in item_windows(setup, item, listing):
        if window is setup.day and not window.includes(now):
            return OutsideSalesWindowError(
                f"{item.name} is sold on the day of the event alone: from"
                f" {_told(window.start, setup.zone)} until {_told(window.end, setup.zone)}.",
                field=where,
                sales_from=utc(window.start),
                sales_until=utc(window.end),
            )
        if refusal := window_refusal(window, now, item.name, where, setup.zone):
            return refusal
    return None


def item_windows(setup: EventSetup, item: ItemSetup, listing: ListingSetup) -> Iterator[Window]:
    """All windows within which a listing sells, beside that of the event itself.

    The SQL twins are ``allocations_listing_windows`` and ``allocations_open_listings``; tests/sales/test_one_truth.py holds that both say the same.
    """
    yield item.window
    yield listing.window
    if item.kind == ItemKind.SAME_DAY:
        yield setup.day


def shut_refusal(setup: EventSetup, item: ItemSetup, shut: Shut, field: str) -> RefusedError:
    """A channel that cannot have anything now is not told that tickets have sold out."""
    pool = setup.pool_names.get(shut.row.pool_id or 0, "")
    window = shut.row.draw_window
    where = f"{field}.item"
    if shut.why == ShutWhy.NO_PART:
        return NotOnSaleError(
            _("%(item)s takes from %(pool)s, of which this channel has been given nothing.")
            % {"item": item.name, "pool": pool},
            field=where,
        )
    if shut.why == ShutWhy.NOT_YET:
        rule = _("%(item)s: this channel may sell from the open stock of %(pool)s from %(at)s on.")
        at = window.start
    else:
        rule = _("%(item)s: this channel could sell from the open stock of %(pool)s until %(at)s.")
        at = window.end
    detail = rule % {"item": item.name, "pool": pool, "at": _told(at, setup.zone)}
    return OutsideSalesWindowError(
        detail, field=where, sales_from=utc(window.start), sales_until=utc(window.end)
    )


def window_refusal(
    window: Window, now: datetime, what: str, field: str, zone: ZoneInfo
) -> OutsideSalesWindowError | None:
    if window.includes(now):
        return None
    if window.start and now < window.start:
        detail = f"{what} is on sale from {_told(window.start, zone)}."
    else:
        detail = f"{what} was on sale until {_told(window.end, zone)}."
    return OutsideSalesWindowError(
        detail,
        field=field,
        sales_from=utc(window.start),
        sales_until=utc(window.end),
    )


def _told(at: datetime | None, zone: ZoneInfo) -> str:
    return moment(at, zone) if at else ""


def price_of(
    listing: ListingSetup,
    channel: ChannelSetup,
    price: Decimal | None,
    currency: str,
    field: str,
) -> Decimal:
    """The list price, or the seller's own where the channel prices freely."""
    if price is None:
        return listing.price
    if not price.is_finite() or abs(price) > LARGEST_PRICE or price != round(price, 2):
        raise InvalidInputError(
            f"A price has two decimals and is at most {LARGEST_PRICE}, not {price}.",
            field=f"{field}.unit_price",
        )
    floor, ceiling = listing.price, listing.price
    if channel.pricing == Pricing.FREE:
        floor = listing.price if listing.price_floor is None else listing.price_floor
        ceiling = listing.price if listing.price_ceiling is None else listing.price_ceiling
    if floor <= price <= ceiling:
        return price
    lawful = (
        f"{money(floor, currency)}"
        if floor == ceiling
        else f"{money(floor, currency)} to {money(ceiling, currency)}"
    )
    raise PriceOutOfRangeError(
        f"The price is {lawful}, not {money(price, currency)}.",
        field=f"{field}.unit_price",
        asked=str(price),
        price_floor=str(floor),
        price_ceiling=str(ceiling),
    )


def check_per_booking(
    setup: EventSetup, kept: Iterable[tuple[int, int]], before: Iterable[tuple[int, int]] = ()
) -> None:
    """``kept`` and ``before``: (item, tickets) of the whole booking.

    Raises outside an item's least and most, where the number of its tickets grows: whoever gives
    some back is not told that there are too many.
    """
    totals = _totals(kept)
    had = _totals(before)
    for item_id, total in totals.items():
        item = setup.items[item_id]
        if total > had.get(item_id, 0) and (
            total < item.minimum or (item.maximum is not None and total > item.maximum)
        ):
            maximum = "any number" if item.maximum is None else item.maximum
            raise PerBookingError(
                f"One booking can have {item.minimum} to {maximum} of {item.name}, and not {total}.",
                field="lines",
                asked=total,
                minimum=item.minimum,
                maximum=item.maximum,
            )


def _totals(tickets: Iterable[tuple[int, int]]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for item_id, quantity in tickets:
        totals[item_id] = totals.get(item_id, 0) + quantity
    return totals


def sold_out(
    setup: EventSetup,
    channel_id: int,
    lines: Sequence[tuple[int, int]],
    refusal: StockRefusedError,
) -> SoldOutError:
    """Say a stock refusal in tickets. ``lines``: (item, tickets more) of the order.

    Raises the refusal itself where a booking and its stock have come apart.
    """
    if any(refused.why == "USED" for refused in refusal.rows):
        raise refusal
    errors = [_row_sold_out(setup, channel_id, lines, refused) for refused in refusal.rows]
    tightest = min(errors, key=lambda error: int(str(error.numbers["sellable"])))
    tightest.rows = refusal.rows
    return tightest


def instead_of_sold_out(
    setup: EventSetup,
    channel_id: int,
    lines: Sequence[tuple[int, int]],
    refusal: StockRefusedError,
    shut: Mapping[int, Shut],
) -> RefusedError | None:
    """``shut``: rows that have not sold out. Of the first line of which they leave less than is sold at once."""
    for refused in refusal.rows:
        for index, (item_id, _tickets) in enumerate(lines):
            item = setup.items[item_id]
            units = (setup.listing_rows(item_id, channel_id) or {}).get(refused.stock_id)
            if (
                units is not None
                and refused.stock_id in shut
                and refused.room < units * item.minimum
            ):
                return shut_refusal(setup, item, shut[refused.stock_id], f"lines[{index}]")
    return None


def _row_sold_out(
    setup: EventSetup, channel_id: int, lines: Sequence[tuple[int, int]], refused: RowRefusal
) -> SoldOutError:
    row = setup.rows[refused.stock_id]
    touching = [
        (index, item_id, quantity, (setup.listing_rows(item_id, channel_id) or {})[row.id])
        for index, (item_id, quantity) in enumerate(lines)
        if row.id in (setup.listing_rows(item_id, channel_id) or {})
    ]
    room = max(refused.room, 0)
    limited_by: LimitedBy = "stock"
    if refused.why == "CEILING":
        limited_by = "plan"
    elif refused.why == "OPEN":
        limited_by = "open"
    elif row.pool_id is None:
        of_item = any(setup.items[item_id].limit_row == row.id for _, item_id, _, _ in touching)
        limited_by = "item" if of_item else "listing"
    if len(touching) == 1:
        index, item_id, count, units = touching[0]
        what, sellable, field = setup.items[item_id].name, room // units, f"lines[{index}].quantity"
    else:  # several lines compete for the row: its own units are the common measure
        what = "units of " + setup.pool_names.get(row.pool_id or 0, "the limit")
        count, sellable, field = refused.units, room, "lines"
    return SoldOutError(
        f"{count} {what} asked for, {sellable} can be sold.",
        field=field,
        asked=count,
        sellable=sellable,
        limited_by=limited_by,
    )
