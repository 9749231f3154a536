"""An event's numbers as screens see them: counters, what each listing can sell, and why not.

Nothing here reads a database or a clock. A snapshot and the changes after it always come to the
same as a fresh snapshot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from allocations.counters import Numbers, Reading
from allocations.sellable import SaleStatus, row_room
from allocations.setup import EventSetup, ListingSetup
from allocations.unreported import Unreported
from boxoffice.selectors import Layout
from common.clock import utc
from sales.offers import offer_of


@dataclass(frozen=True, slots=True)
class Offer:
    """What a channel can sell of an item now.

    ``why`` is the code of the refusal that a sale would get whatever the stock, ``detail`` its
    sentence. ``sold``, ``held`` and ``left`` are units of the stock row that ends it first, with
    what that row may draw.
    """

    listing: int
    sellable: int
    possible: int
    status: SaleStatus
    limited_by: str
    why: str
    detail: str
    sold: int
    held: int
    left: int


# Who looks: a sales channel's program, a person of the staff, who sees all, or one who sells through some channels
# and sees of listings those of these alone.
Audience = int | frozenset[int] | None

# Of an offer, what concerns the staff alone: it may be of a limit that all channels share.
SHARED = ("sold", "held", "left")


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that have changed, of each listing the fields that have, and the rows whose estimate has."""

    rows: Sequence[int]
    listings: Mapping[int, Mapping[str, Any]]
    unreported: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.listings or self.unreported)


# A stock row in the news: stock, event, version, quantity, held, sold, drawn.
NewsRow = Sequence[int]


class Board:
    """One event at one version of its set-up. ``now`` is always the database's clock."""

    def __init__(self, layout: Layout, reading: Reading) -> None:
        self.layout = layout
        self.setup = layout.setup
        self.counters: dict[int, Numbers] = dict(reading.counters)
        self.unreported: Mapping[int, Unreported] = reading.unreported
        self._listings = {listing.id: listing for listing in self.setup.listings.values()}
        self._on_row = _listings_on_rows(self.setup)
        self.offers = {
            listing.id: self._offer(listing, reading.now) for listing in self._listings.values()
        }

    def knows(self, stock_id: int) -> bool:
        return stock_id in self.counters

    def may_be_reported(self, row: NewsRow) -> bool:
        """Whether the news are of a row of which something was not reported: else it would be counted twice for a while."""
        estimate = self.unreported.get(row[0])
        return estimate is not None and bool(estimate.high)

    def apply(
        self,
        news: Iterable[NewsRow],
        now: datetime,
        *,
        everything: bool = False,
        unreported: Mapping[int, Unreported] | None = None,
    ) -> Changes:
        """Take over what is newer than known, and say what a screen must be told.

        ``everything`` looks at each listing, for windows that have opened or closed by ``now``. ``unreported``: of
        all rows what has just been read, where it was.
        """
        rows: dict[int, None] = {}
        for stock_id, _event, version, quantity, held, sold, drawn in news:
            known = self.counters.get(stock_id)
            if known is not None and known.version < version:
                self.counters[stock_id] = Numbers(version, quantity, held, sold, drawn)
                rows[stock_id] = None
        touched: Iterable[int] = self._listings
        if not everything:
            touched = {listing_id for row in rows for listing_id in self._on_row.get(row, ())}
        listings = {}
        for listing_id in touched:
            offer, last = self._offer(self._listings[listing_id], now), self.offers[listing_id]
            if offer != last:
                self.offers[listing_id] = offer
                before = asdict(last)
                listings[listing_id] = {
                    name: value for name, value in asdict(offer).items() if value != before[name]
                }
        return Changes(list(rows), listings, self._take(unreported))

    def _take(self, unreported: Mapping[int, Unreported] | None) -> list[int]:
        """The rows whose estimate is another one now, has come or has gone."""
        if unreported is None:
            return []
        before, self.unreported = self.unreported, unreported
        both = before.keys() | unreported.keys()
        return [stock for stock in sorted(both) if before.get(stock) != unreported.get(stock)]

    def _offer(self, listing: ListingSetup, now: datetime) -> Offer:
        offer = offer_of(self.setup, self.counters, listing, now)
        return Offer(
            listing=listing.id,
            sellable=offer.sellable,
            possible=offer.possible,
            status=offer.status,
            limited_by=offer.limited_by,
            why=offer.refusal.code if offer.refusal else "",
            detail=offer.refusal.detail if offer.refusal else "",
            **self._tightest(listing, now),
        )

    def _tightest(self, listing: ListingSetup, now: datetime) -> dict[str, int]:
        """The numbers of the stock row that ends a listing first."""
        tightest: tuple[int, dict[str, int]] | None = None
        needed = self.setup.listing_rows(listing.item_id, listing.channel_id) or {}
        for row_id, units in needed.items():
            own = self.counters[row_id]
            room = max(row_room(self.setup.rows[row_id], self.counters, now)[0], 0)
            if tightest is None or room // units < tightest[0]:
                tightest = room // units, {"sold": own.sold, "held": own.held, "left": room}
        return tightest[1] if tightest else {"sold": 0, "held": 0, "left": 0}

    # --- What is sent -----------------------------------------------------------------------

    def snapshot(self, audience: Audience) -> dict[str, Any]:
        """Everything that the audience may see."""
        setup, mine = self.setup, self._visible(audience)
        listings = [listing for listing in setup.listings.values() if listing.id in mine.listings]
        items = {listing.item_id for listing in listings}
        pools = {setup.rows[row].pool_id for row in mine.rows}
        is_staff = not isinstance(audience, int)
        return {
            "event": {
                "id": setup.id,
                "name": setup.name,
                "venue": self.layout.venue,
                "status": setup.status,
                "starts_at": utc(setup.starts_at),
                "time_zone": setup.zone.key,
                "currency": setup.currency,
            },
            "config_version": setup.config_version,
            "surroundings": setup.surroundings,
            "pools": [
                {"pool": pool, "name": name}
                for pool, name in setup.pool_names.items()
                if is_staff or pool in pools
            ],
            "items": [
                {"item": item.id, "name": item.name, "kind": item.kind}
                for item in setup.items.values()
                if audience is None or item.id in items
            ],
            "channels": [
                {"channel": channel, "name": setup.channels[channel].name, "kind": kind}
                for channel, kind in self.layout.channel_kinds.items()
                if is_staff or audience == channel
            ],
            "rows": [
                {
                    "kind": setup.rows[row].kind,
                    "pool": setup.rows[row].pool_id,
                    "channel": setup.rows[row].channel_id,
                    **self._row(row),
                }
                for row in setup.rows
                if row in mine.rows
            ],
            "listings": [
                {
                    "item": listing.item_id,
                    "channel": listing.channel_id,
                    "price": str(listing.price),
                    **_for(audience, asdict(self.offers[listing.id])),
                }
                for listing in listings
            ],
            "unreported": self._estimates(mine),
        }

    def changes(self, changed: Changes, audience: Audience) -> dict[str, Any] | None:
        """What of the changes the audience may see; ``None`` when that is nothing."""
        mine = self._visible(audience)
        rows = [self._row(row) for row in changed.rows if row in mine.rows]
        listings = []
        for listing, fields in changed.listings.items():
            visible = _for(audience, fields) if listing in mine.listings else None
            if visible:
                offer = self.offers[listing]
                listings.append({"listing": listing, "sellable": offer.sellable, **visible})
        concerned = any(stock in mine.rows for stock in changed.unreported)
        estimates = {"unreported": self._estimates(mine)} if concerned else {}
        if not (rows or listings or estimates):
            return None
        return {"rows": rows, "listings": listings, **estimates}

    def _estimates(self, mine: "_Visible") -> list[dict[str, Any]]:
        """Of all rows of channels that report late, what they may have sold since; beside the rows, not in them."""
        return [
            {
                "stock": stock,
                "about": estimate.about,
                "low": estimate.low,
                "high": estimate.high,
                "utc_reported_at": utc(estimate.reported_at),
            }
            for stock, estimate in sorted(self.unreported.items())
            if stock in mine.rows
        ]

    def _row(self, stock_id: int) -> dict[str, int]:
        return {"stock": stock_id, **self.counters[stock_id]._asdict()}

    def _visible(self, audience: Audience) -> "_Visible":
        if audience is None:
            return _Visible(self.setup.rows, self._listings)
        if isinstance(audience, frozenset):
            own = {
                listing.id: listing
                for listing in self._listings.values()
                if listing.channel_id in audience
            }
            return _Visible(self.setup.rows, own)
        listings = {
            listing.id: listing
            for listing in self._listings.values()
            if listing.channel_id == audience
        }
        rows = {row.id for row in self.setup.rows.values() if row.channel_id == audience}
        rows |= {
            listing.limit_row for listing in listings.values() if listing.limit_row is not None
        }
        return _Visible(rows, listings)


def _for(audience: Audience, fields: Mapping[str, Any]) -> dict[str, Any]:
    is_staff = not isinstance(audience, int)
    return {name: value for name, value in fields.items() if is_staff or name not in SHARED}


@dataclass(frozen=True, slots=True)
class _Visible:
    rows: Mapping[int, Any] | set[int]
    listings: Mapping[int, Any]


def _listings_on_rows(setup: EventSetup) -> dict[int, set[int]]:
    """Stock row → the listings that sell less or more when it changes."""
    listings: dict[int, set[int]] = {}
    for (item_id, channel_id), listing in setup.listings.items():
        for row_id in setup.listing_rows(item_id, channel_id) or ():
            listings.setdefault(row_id, set()).add(listing.id)
            draws_on = setup.rows[row_id].draws_on
            if draws_on is not None:
                listings.setdefault(draws_on, set()).add(listing.id)
    return listings
