"""What a reported sale is to become. Stock aside, which the ledger knows.

What is reported has happened: windows, stops, least and most per booking, and price are noted, and not
enforced (docs/offline.md).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from allocations import ledger
from allocations.enums import MovementKind
from allocations.errors import StockRefusedError
from allocations.ledger import Entry
from allocations.setup import EventSetup, ListingSetup
from common.actor import Actor
from common.bulk import copy_of
from common.errors import InvalidInputError, RefusedError
from events.enums import EventStatus
from offline.enums import Outcome
from offline.reports import SaleReport, Verdict
from sales import rules, terms
from sales.booking_updates import group_of
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, new_uuid
from sales.orders import MAX_LINES, OrderLine

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SalePlan:
    """A sale that can be booked if there is stock: of each item so many ``tickets``, ``leased`` of them from the lease."""

    verdict: Verdict
    setup: EventSetup
    booking: Booking
    lines: list[BookingLine]
    tickets: Mapping[int, int] = field(init=False)
    leased: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        totals: dict[int, int] = {}
        for line in self.lines:
            totals[line.item_id] = totals.get(line.item_id, 0) + line.quantity
        self.tickets = totals

    def take_from(self, left: dict[int, int], *, whole: bool) -> None:
        """Take as many tickets from the lease as are ``left`` of it; with ``whole`` all of them or none."""
        self.leased = {}
        if whole and any(count > left.get(item_id, 0) for item_id, count in self.tickets.items()):
            return
        for item_id, tickets in self.tickets.items():
            if share := min(tickets, left.get(item_id, 0)):
                self.leased[item_id] = share
                left[item_id] -= share

    def give_back_to(self, left: dict[int, int]) -> None:
        for item_id, share in self.leased.items():
            left[item_id] += share
        self.leased = {}

    @property
    def group(self) -> ledger.Group:
        entries = []
        for item_id, tickets in self.tickets.items():
            rows = self.setup.listing_rows(item_id, self.booking.channel_id) or {}
            leased = self.leased.get(item_id, 0)
            entries += [
                Entry(row_id, held=-leased * units, sold=tickets * units)
                for row_id, units in rows.items()
            ]
        return group_of(self.booking, self.setup, MovementKind.SELL, entries)

    def accept(self) -> None:
        self.verdict.accept(self.booking)

    def refuse(self, refusal: StockRefusedError) -> None:
        """A conflict, with the numbers in tickets beyond the lease."""
        beyond = [
            (item_id, tickets - self.leased.get(item_id, 0))
            for item_id, tickets in self.tickets.items()
        ]
        error: RefusedError
        try:
            error = rules.sold_out(self.setup, self.booking.channel_id, beyond, refusal)
        except StockRefusedError as apart:
            # The lease and its stock have come apart: that must not hold up what else was sold.
            logger.error("Sale %s: %s", self.verdict.report.client_id, apart)  # noqa: TRY400
            error = apart
        self.verdict.booking_id = self.verdict.booking_uuid = None
        self.verdict.refuse(Outcome.CONFLICT, error.code, error.detail, **error.numbers)


def late_booking(
    setup: EventSetup, channel_id: int, reference: str, by: Actor, now: datetime
) -> Booking:
    """A confirmed booking in the making, of what a channel has sold before we knew of it."""
    return Booking(
        event_id=setup.id,
        channel_id=channel_id,
        status=BookingStatus.CONFIRMED,
        reference=reference,
        currency=setup.currency,
        created_at=now,
        updated_at=now,
        confirmed_at=now,
        due_on=terms.payment_due(setup, setup.channels[channel_id], now),
        user_id=by.user_id,
        api_key_id=by.api_key_id,
    )


@dataclass(slots=True)
class Judge:
    """Of the sales of one sync, all at one moment. What is so of an event or an item is asked once, and not for each.

    Bookings and lines are copied from the first of their kind, which is much quicker than to make each anew.

    ``events`` names the event of each item that the channel lists; ``leased_prices``: what a ticket cost when the
    lease was taken.
    """

    channel_id: int
    events: Mapping[int, int]
    setups: Mapping[int, EventSetup]
    leased_prices: Mapping[int, Decimal]
    by: Actor
    now: datetime
    _of_events: dict[int, RefusedError | None] = field(default_factory=dict)
    _of_items: dict[int, RefusedError | None] = field(default_factory=dict)
    _first_bookings: dict[int, Booking] = field(default_factory=dict)
    _first_lines: dict[int, BookingLine] = field(default_factory=dict)

    def plan(self, verdict: Verdict, report: SaleReport) -> SalePlan | None:
        """The plan of a sale, or nothing where its verdict now says why it cannot be booked."""
        if not self._is_readable(verdict, report):
            return None
        setup = self.setups[self.events[report.lines[0].item_id]]
        verdict.event_id = setup.id
        _note(verdict, self._event_refusal(setup))
        lines = [
            self._line(verdict, number, line, setup)
            for number, line in enumerate(report.lines, start=1)
        ]
        verdict.lines = lines
        if setup.status == EventStatus.CANCELLED:
            verdict.refuse(Outcome.CONFLICT, "EVENT_CANCELLED", "The event was cancelled.")
            return None
        for line in lines:
            if setup.listing_rows(line.item_id, self.channel_id) is None:
                name = setup.items[line.item_id].name
                detail = f"{name} takes from a pool that the channel has no part in."
                verdict.refuse(Outcome.CONFLICT, "NOT_ON_SALE", detail)
                return None
        try:
            rules.check_per_booking(setup, ((line.item_id, line.quantity) for line in lines))
        except RefusedError as refusal:
            _note(verdict, refusal)
        booking = self._booking(setup, report.reference or report.client_id)
        return SalePlan(verdict, setup, booking, lines)

    def _booking(self, setup: EventSetup, reference: str) -> Booking:
        if (first := self._first_bookings.get(setup.id)) is None:
            first = late_booking(setup, self.channel_id, "", self.by, self.now)
            self._first_bookings[setup.id] = first
        booking = copy_of(first)
        booking.uuid, booking.reference = new_uuid(), reference
        return booking

    def _is_readable(self, verdict: Verdict, report: SaleReport) -> bool:
        def unreadable(code: str, detail: str) -> bool:
            verdict.refuse(Outcome.UNREADABLE, code, detail)
            return False

        if report.fault is not None:
            verdict.refuse_as_unreadable(report.fault)
            return False
        if not 1 <= len(report.lines) <= MAX_LINES:
            return unreadable("VALIDATION", f"A sale has 1 to {MAX_LINES} lines.")
        for index, line in enumerate(report.lines):
            if line.item_id not in self.events:
                return unreadable("UNKNOWN_ITEM", f"The channel lists no item {line.item_id}.")
            try:
                rules.check_quantity(line.quantity, f"lines[{index}].quantity")
            except InvalidInputError as refusal:
                return unreadable(refusal.code, f"{refusal.field}: {refusal.detail}")
        named = {self.events[line.item_id] for line in report.lines}
        if len(named) > 1:
            return unreadable("SEVERAL_EVENTS", f"A sale is of one event, and not of {len(named)}.")
        return True

    def _line(
        self, verdict: Verdict, number: int, line: OrderLine, setup: EventSetup
    ) -> BookingLine:
        listing = setup.listings[line.item_id, self.channel_id]
        _note(verdict, self._item_refusal(setup, listing))
        leased = self.leased_prices.get(line.item_id)
        price = line.unit_price
        if price is None:
            price = listing.price if leased is None else leased
        elif price != leased:
            try:
                channel = setup.channels[self.channel_id]
                rules.price_of(listing, channel, price, setup.currency, f"lines[{number - 1}]")
            except RefusedError as refusal:
                _note(verdict, refusal)
        if (first := self._first_lines.get(line.item_id)) is None:
            first = BookingLine(item_id=line.item_id, listing_id=listing.id)
            self._first_lines[line.item_id] = first
        sold = copy_of(first)
        sold.number, sold.quantity, sold.unit_price = number, line.quantity, price
        return sold

    def _event_refusal(self, setup: EventSetup) -> RefusedError | None:
        if setup.id not in self._of_events:
            channel = setup.channels[self.channel_id]
            self._of_events[setup.id] = rules.event_refusal(setup, channel, self.now)
        return self._of_events[setup.id]

    def _item_refusal(self, setup: EventSetup, listing: ListingSetup) -> RefusedError | None:
        if listing.item_id not in self._of_items:
            item = setup.items[listing.item_id]
            self._of_items[item.id] = rules.item_refusal(setup, item, listing, self.now, "line")
        return self._of_items[listing.item_id]


def _note(verdict: Verdict, refusal: RefusedError | None) -> None:
    if refusal is not None:
        verdict.note(refusal.code, refusal.detail)
