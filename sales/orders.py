"""What a seller asks for, and the answer it gets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.clock import utc
from common.spoken_number import spoken
from idempotency.answers import Answer
from sales.models import Booking, BookingLine, total_of

MAX_LINES = 50
MAX_PER_LINE = 10_000


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
    contact: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """An amendment of one line: the tickets of it to keep."""

    number: int
    quantity: int


def answer_with(status: int, booking: Booking, lines: Sequence[BookingLine]) -> Answer:
    return Answer(status, json.dumps(present(booking, lines)), booking.pk)


def present(booking: Booking, lines: Sequence[BookingLine]) -> dict[str, Any]:
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
