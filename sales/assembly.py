"""An order that was found lawful: the booking it is to become, and what that asks of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allocations.enums import MovementKind
from allocations.ledger import Entry
from allocations.setup import ChannelSetup, EventSetup
from common.actor import Actor
from idempotency.answers import Answer
from sales import rules, terms
from sales.booking_sql import Scene
from sales.entries import Counted, entries_for
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine
from sales.orders import Order, answer_with


@dataclass(frozen=True, slots=True)
class Draft:
    """Nothing of it is stored yet; stock decides the rest.

    Its booking is given its id before it is answered.
    """

    booking: Booking
    lines: Sequence[BookingLine]
    kind: MovementKind
    entries: Sequence[Entry]

    def require_in_time(self, setup: EventSetup, at: datetime) -> None:
        """Raises what ``sales.rules`` refuses of it at the moment at which its stock was locked."""
        items = [line.item_id for line in self.lines]
        rules.require_still_open(setup, self.booking.channel_id, items, at)

    def is_short(self, at: datetime) -> bool:
        """Whether the wait for its stock has taken too much of its hold's time (``terms.MAX_WAITED``)."""
        ends, begun = self.booking.expires_at, self.booking.created_at
        return ends is not None and at - begun > (ends - begun) / terms.MAX_WAITED

    def begun_at(self, at: datetime) -> "Draft":
        """The same, with all its times counted from that moment on."""
        booking = self.booking
        if booking.expires_at is not None:
            booking.expires_at += at - booking.created_at
        if booking.confirmed_at is not None:
            booking.confirmed_at = at
        booking.created_at = booking.updated_at = at
        return self

    @property
    def answer(self) -> Answer:
        return answer_with(201, self.booking, self.lines)

    @property
    def wanted(self) -> list[tuple[int, int]]:
        """(item, tickets) of each line."""
        return [(line.item_id, line.quantity) for line in self.lines]


def draft(order: Order, by: Actor, scene: Scene) -> Draft:
    """Raises what ``sales.rules`` and ``sales.terms`` refuse."""
    setup = scene.setup
    channel = rules.find_channel(setup, order.channel_id)
    quotes = rules.quote(setup, channel, order.lines, scene.now)
    booking = _booking(order, by, setup, channel, scene.now)
    lines = [
        BookingLine(
            number=number,
            item_id=quote.item_id,
            listing_id=quote.listing_id,
            quantity=quote.quantity,
            unit_price=quote.unit_price,
        )
        for number, quote in enumerate(quotes, start=1)
    ]
    counted, kind = (
        (Counted.SOLD, MovementKind.SELL) if order.confirm else (Counted.HELD, MovementKind.HOLD)
    )
    tickets = [(line.item_id, line.quantity) for line in lines]
    entries = entries_for(setup, channel.id, tickets, counted)
    return Draft(booking, lines, kind, entries)


def _booking(
    order: Order, by: Actor, setup: EventSetup, channel: ChannelSetup, now: datetime
) -> Booking:
    booking = Booking(
        event_id=setup.id,
        channel_id=channel.id,
        reference=order.reference,
        contact=dict(order.contact) if order.contact is not None else None,
        currency=setup.currency,
        created_at=now,
        updated_at=now,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
    )
    if order.confirm:
        booking.status = BookingStatus.CONFIRMED
        booking.confirmed_at = now
        booking.due_on = terms.payment_due(setup, channel, now)
    else:
        booking.status = BookingStatus.ON_HOLD
        booking.expires_at = now + terms.hold_time(channel, order.expires_in_seconds)
    return booking
