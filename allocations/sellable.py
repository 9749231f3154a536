"""How many a channel could sell of an item at a moment: pure arithmetic on counters.

The ledger decides a sale; this says the same numbers to whoever looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Literal, Protocol

from allocations.enums import StockKind
from allocations.setup import EventSetup, RowSetup

LimitedBy = Literal["stock", "open", "plan", "listing", "item"]


class SaleStatus(StrEnum):
    """OCTO's words for what can be had."""

    AVAILABLE = "AVAILABLE"
    LIMITED = "LIMITED"  # less than half is left
    SOLD_OUT = "SOLD_OUT"  # fewer than the least that is sold at once
    CLOSED = "CLOSED"


class Counters(Protocol):
    """Anything with a stock row's numbers."""

    @property
    def quantity(self) -> int: ...
    @property
    def held(self) -> int: ...
    @property
    def sold(self) -> int: ...


class ShutWhy(StrEnum):
    """Why a channel's row gives nothing at a moment although it has not sold out."""

    NOT_YET = "NOT_YET"  # it may draw on open stock later
    OVER = "OVER"  # it may draw on open stock no more
    NO_PART = "NO_PART"  # it was given nothing, and draws nowhere


@dataclass(frozen=True, slots=True)
class Shut:
    row: RowSetup
    why: ShutWhy


@dataclass(frozen=True, slots=True)
class Sellable:
    """``count`` items, of ``possible`` that its allocation and limits could ever give.

    ``shut``: why the row that ends it first gives no more, if not because it has sold out.
    """

    count: int
    possible: int
    limited_by: LimitedBy
    shut: Shut | None = None


def row_room(
    row: RowSetup, counters: Mapping[int, Counters], now: datetime
) -> tuple[int, LimitedBy]:
    """The units that a row could still give: its own free ones, and what it may draw now."""
    own = counters[row.id]
    free = own.quantity - own.held - own.sold
    if row.draws_on is None or not row.draw_window.includes(now):
        return free, "stock"
    in_open = counters[row.draws_on].quantity
    if row.ceiling is not None and row.ceiling - own.quantity < in_open:
        return free + row.ceiling - own.quantity, "plan"
    return free + in_open, "open"


def row_shut(row: RowSetup, quantity: int, now: datetime) -> Shut | None:
    """Of a row that has nothing left of its ``quantity``; ``None``: what it could have is gone."""
    if row.kind != StockKind.CHANNEL:
        return None
    if row.draws_on is None:
        return None if quantity else Shut(row, ShutWhy.NO_PART)
    window = row.draw_window
    if window.includes(now):
        return None
    is_early = window.start is not None and now < window.start
    return Shut(row, ShutWhy.NOT_YET if is_early else ShutWhy.OVER)


def sellable(
    setup: EventSetup,
    counters: Mapping[int, Counters],
    item_id: int,
    channel_id: int,
    now: datetime,
) -> Sellable:
    """What stock and limits leave of an item for a channel; its windows and stops aside."""
    needed = setup.listing_rows(item_id, channel_id)
    if needed is None:
        return Sellable(0, 0, "stock")
    counts: list[tuple[int, LimitedBy, int]] = []
    ever: list[int] = []
    for row_id, units in needed.items():
        row = setup.rows[row_id]
        room, limited_by = row_room(row, counters, now)
        if row.kind == StockKind.LIMIT:
            limited_by = "item" if setup.items[item_id].limit_row == row_id else "listing"
        used = counters[row_id].held + counters[row_id].sold
        counts.append((max(room, 0) // units, limited_by, row_id))
        ever.append(max(room + used, 0) // units)
    count, limited_by, tightest = min(counts, key=itemgetter(0))
    shut = row_shut(setup.rows[tightest], counters[tightest].quantity, now)
    return Sellable(count, min(ever), limited_by, shut)


def status_of(availability: Sellable, minimum: int, *, closed: bool) -> SaleStatus:
    """The word for what is left; ``closed`` when a sale would be refused whatever there is."""
    if closed:
        return SaleStatus.CLOSED
    if availability.count < minimum:
        return SaleStatus.SOLD_OUT
    return (
        SaleStatus.LIMITED
        if 2 * availability.count < availability.possible
        else SaleStatus.AVAILABLE
    )
