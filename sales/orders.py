"""What a seller asks for, and the answer it gets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from typing_extensions import TypedDict

from common.clock import utc
from common.json_types import (
    Amount,
    Currency,
    Day,
    Entries,
    JsonSchema,
    Moment,
    OneOf,
    RowId,
    Text,
    Uuid,
)
from common.spoken_number import spoken
from idempotency.answers import Answer
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine, total_of

MAX_LINES = 50
MAX_PER_LINE = 10_000


class Contact(TypedDict, total=False):
    """Who the tickets are for. Kept with the booking alone; can be erased."""

    full_name: Annotated[str, Text(200)]
    first_name: Annotated[str, Text(100)]
    last_name: Annotated[str, Text(100)]
    email_address: Annotated[str, Text(254)]
    phone_number: Annotated[str, Text(50)]
    postal_code: Annotated[str, Text(20)]
    country: Annotated[str, Text(2, minimum=2)]
    """ISO 3166, two letters."""
    locales: Annotated[list[Annotated[str, Text(35, minimum=2)]], Entries(0, 10)]
    """Languages, as in BCP 47."""
    notes: Annotated[str, Text(2_000, lines=True)]


class BookingLineJson(TypedDict):
    """So many of one item at one price."""

    line: int
    item: RowId
    quantity: int
    refunded: int
    """How many of them were given back after the sale."""
    unit_price: Amount


class BookingJson(TypedDict):
    """One reservation and what became of it."""

    id: Uuid
    number: Annotated[str, JsonSchema(example="7KQM-3X9F")]
    """To read out: what the venue's pages show and find."""
    event: RowId
    channel: RowId
    status: Annotated[str, OneOf(BookingStatus.values)]
    reference: str
    contact: Contact | None
    """Who the tickets are for. Null for a person who neither sells nor refunds."""
    currency: Currency
    total: Amount
    """Without what was refunded."""
    utc_created_at: Moment
    utc_updated_at: Moment
    utc_expires_at: Moment | None
    utc_confirmed_at: Moment | None
    utc_ended_at: Moment | None
    end_reason: str
    payment_due_on: Day | None
    """On the venue's calendar. Null where payment is immediate."""
    utc_paid_at: Moment | None
    """When the venue marked a booking that has a due date as paid."""
    lines: list[BookingLineJson]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many of an item; ``unit_price`` where the seller sets it."""

    item_id: int
    quantity: int
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A booking to be made. ``confirm`` sells at once; else it is a hold of so many seconds."""

    event_id: int
    channel_id: int
    lines: Sequence[OrderLine]
    confirm: bool = False
    expires_in_seconds: int | None = None
    reference: str = ""
    contact: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """An amendment of one line: the tickets of it to keep."""

    number: int
    quantity: int


def answer_with(status: int, booking: Booking, lines: Sequence[BookingLine]) -> Answer:
    return Answer(status, json.dumps(present(booking, lines)), booking.pk)


def present(booking: Booking, lines: Sequence[BookingLine]) -> BookingJson:
    """A booking as partners see it."""
    return {
        "id": str(booking.uuid),
        "number": spoken(booking.pk),
        "event": booking.event_id,
        "channel": booking.channel_id,
        "status": booking.status,
        "reference": booking.reference,
        "contact": booking.contact,
        "currency": booking.currency,
        "total": str(total_of(lines).quantize(Decimal("0.01"))),
        "utc_created_at": utc(booking.created_at),
        "utc_updated_at": utc(booking.updated_at),
        "utc_expires_at": utc(booking.expires_at),
        "utc_confirmed_at": utc(booking.confirmed_at),
        "utc_ended_at": utc(booking.ended_at),
        "end_reason": booking.end_reason,
        "payment_due_on": booking.due_on.isoformat() if booking.due_on else None,
        "utc_paid_at": utc(booking.paid_at),
        "lines": [
            {
                "line": line.number,
                "item": line.item_id,
                "quantity": line.quantity,
                "refunded": line.refunded,
                "unit_price": str(line.unit_price.quantize(Decimal("0.01"))),
            }
            for line in lines
        ],
    }
