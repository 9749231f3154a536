"""What answers look like in the OpenAPI document; the tests compare what is sent with it."""

from typing import get_args

from allocations.sellable import LimitedBy, SaleStatus
from events.enums import EventStatus, ItemKind, UnitType
from partners.api.alert_components import ALERT_COMPONENTS
from partners.api.bodies import CONTACT
from partners.api.codes import CODES
from partners.api.schemas import (
    AMOUNT,
    CLOCK,
    CURRENCY,
    DAY,
    FLAG,
    ID,
    MOMENT,
    STRING,
    UUID,
    WHOLE,
    Schema,
    choice,
    nullable,
    record,
)
from partners.api.stock_components import STOCK_COMPONENTS
from sales.enums import BookingStatus

VENUE = record(
    "Where; its zone and currency hold for all its events.",
    id=ID,
    name=STRING,
    city=STRING,
    time_zone={"type": "string", "examples": ["Asia/Kolkata"]},
    currency=CURRENCY,
)
EVENT_FIELDS: dict[str, Schema] = {
    "id": ID,
    "name": STRING,
    "status": choice(EventStatus.values),
    "venue": VENUE,
    "series": {
        "oneOf": [record("A show with several dates.", id=ID, name=STRING), {"type": "null"}]
    },
    "utc_starts_at": MOMENT,
    "local_starts_at": MOMENT,
    "utc_ends_at": nullable(MOMENT),
    "local_ends_at": nullable(MOMENT),
    "all_day": FLAG,
    "opens_at": nullable(CLOCK),
    "closes_at": nullable(CLOCK),
    "utc_sales_from": nullable(MOMENT),
    "utc_sales_until": MOMENT,
    "stop_reason": STRING,
    "utc_modified_at": MOMENT,
}
EVENT_ITEM = record(
    "An item with the channel's terms; without a channel the terms are null.",
    id=ID,
    name=STRING,
    kind=choice(ItemKind.values),
    unit_type=choice(UnitType.values),
    min_per_booking=WHOLE,
    max_per_booking=nullable(WHOLE),
    utc_sales_from=nullable(MOMENT),
    utc_sales_until=nullable(MOMENT),
    price=nullable(AMOUNT),
    price_floor=nullable(AMOUNT),
    price_ceiling=nullable(AMOUNT),
    listing_sales_from=nullable(MOMENT),
    listing_sales_until=nullable(MOMENT),
)
AVAILABLE_ITEM = record(
    "An item that the channel lists.",
    id=ID,
    name=STRING,
    kind=choice(ItemKind.values),
    price=AMOUNT,
    currency=CURRENCY,
    status={
        **choice(list(SaleStatus)),
        "description": (
            "LIMITED: less than half is left. SOLD_OUT: fewer than `min_per_booking` are left. "
            "CLOSED: it cannot be sold now, `reason` says why and from when. Who was given nothing, or may draw "
            "later only, is CLOSED and not SOLD_OUT."
        ),
    },
    sellable={**WHOLE, "minimum": 0, "description": "How many the channel could sell now."},
    limited_by={
        "type": ["string", "null"],
        "enum": [*get_args(LimitedBy), None],
        "description": "What would end first.",
    },
    reason={
        "oneOf": [
            record(
                "Why it is closed, and from when until when it is open where time decides that.",
                code=STRING,
                detail=STRING,
                sales_from=nullable(MOMENT),
                sales_until=nullable(MOMENT),
            ),
            {"type": "null"},
        ]
    },
    min_per_booking=WHOLE,
    max_per_booking=nullable(WHOLE),
)
BOOKING_LINE = record(
    "So many of one item at one price.",
    line=WHOLE,
    item=ID,
    quantity=WHOLE,
    refunded={**WHOLE, "description": "How many of them were given back after the sale."},
    unit_price=AMOUNT,
)

COMPONENTS: dict[str, Schema] = {
    **STOCK_COMPONENTS,
    **ALERT_COMPONENTS,
    "Event": record("One date.", **EVENT_FIELDS),
    "EventWithItems": record(
        "One date with its items.", **EVENT_FIELDS, items={"type": "array", "items": EVENT_ITEM}
    ),
    "Availability": record(
        "What one channel can sell of an event at one moment.",
        event=ID,
        channel=ID,
        event_status=choice(EventStatus.values),
        currency=CURRENCY,
        utc_as_of=MOMENT,
        items={"type": "array", "items": AVAILABLE_ITEM},
    ),
    "Booking": record(
        "One reservation and what became of it.",
        id=UUID,
        number={
            **STRING,
            "example": "7KQM-3X9F",
            "description": "To read out: what the venue's pages show and find.",
        },
        event=ID,
        channel=ID,
        status=choice(BookingStatus.values),
        reference=STRING,
        contact=nullable(CONTACT.schema())
        | {
            "description": "Who the tickets are for. Null for a person who neither sells nor refunds."
        },
        currency=CURRENCY,
        total={**AMOUNT, "description": "Without what was refunded."},
        utc_created_at=MOMENT,
        utc_updated_at=MOMENT,
        utc_expires_at=nullable(MOMENT),
        utc_confirmed_at=nullable(MOMENT),
        utc_ended_at=nullable(MOMENT),
        end_reason=STRING,
        payment_due_on={
            **nullable(DAY),
            "description": "On the venue's calendar. Null where payment is immediate.",
        },
        utc_paid_at={
            **nullable(MOMENT),
            "description": "When the venue marked a booking that has a due date as paid.",
        },
        lines={"type": "array", "items": BOOKING_LINE},
    ),
    "Problem": {
        "type": "object",
        "description": (
            "Why a request was refused (RFC 9457). The numbers that explain it stand beside these "
            "fields, such as `asked` and `sellable`."
        ),
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": STRING,
            "status": WHOLE,
            "detail": STRING,
            "code": choice(list(CODES)),
            "errors": {
                "type": "array",
                "items": record("One fault and its place.", field=STRING, detail=STRING),
            },
        },
        "required": ["type", "title", "status", "detail", "code", "errors"],
    },
}
