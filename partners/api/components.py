"""What answers look like in the OpenAPI document; the tests compare what is sent with it."""

from typing import Any, get_args

from allocations.enums import Draws
from allocations.sellable import LimitedBy, SaleStatus
from events.enums import EventStatus, ItemKind, UnitType
from partners.api.bodies import CONTACT
from partners.api.codes import CODES
from sales.enums import BookingStatus

Schema = dict[str, Any]


def nullable(schema: Schema) -> Schema:
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def record(about: str, **fields: Schema) -> Schema:
    """An object that always has all of these fields."""
    return {
        "type": "object",
        "description": about,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def choice(values: list[str] | tuple[str, ...]) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


ID: Schema = {"type": "integer", "format": "int64"}
WHOLE: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
CLOCK: Schema = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "examples": ["400.00"]}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["INR"]}

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
    least_per_booking=WHOLE,
    most_per_booking=nullable(WHOLE),
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
            "LIMITED: less than half is left. SOLD_OUT: fewer than `least_per_booking` are left. "
            "CLOSED: it cannot be sold now, `reason` says why."
        ),
    },
    sellable={**WHOLE, "minimum": 0, "description": "How many the channel could sell now."},
    limited_by={
        "type": ["string", "null"],
        "enum": [*get_args(LimitedBy), None],
        "description": "What would end first.",
    },
    reason={"oneOf": [record("Why it is closed.", code=STRING, detail=STRING), {"type": "null"}]},
    least_per_booking=WHOLE,
    most_per_booking=nullable(WHOLE),
)
BOOKING_LINE = record(
    "So many of one item at one price.",
    line=WHOLE,
    item=ID,
    quantity=WHOLE,
    refunded={**WHOLE, "description": "How many of them were given back after the sale."},
    unit_price=AMOUNT,
)

POOL_ITEM = record(
    "An item that the channel lists and that takes from the pool.",
    id=ID,
    name=STRING,
    units={**WHOLE, "description": "Units of the pool that one of it takes."},
    sellable={**WHOLE, "minimum": 0, "description": "As availability says it."},
)
DRAWS_ON = record(
    "The open stock of the pool, or the common stock of a group of channels.",
    kind=choice([Draws.GENERAL, Draws.GROUP]),
    name={**STRING, "description": "The group's; empty for the open stock of the pool."},
)
CHANNEL_PLAN = record(
    "What the plan in force gives the channel. Where stock or terms were changed after it, `text` "
    "says so.",
    version=WHOLE,
    utc_applied_at=MOMENT,
    reason=STRING,
    guaranteed_units={**WHOLE, "minimum": 0, "description": "After rounding."},
    guaranteed_percent=nullable(
        {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "examples": ["30.00"]}
    )
    | {"description": "Null where the plan says a number."},
    utc_releases_at={
        **nullable(MOMENT),
        "description": "When what is unsold goes back. Null: never.",
    },
    draws_on={"oneOf": [DRAWS_ON, {"type": "null"}]},
    utc_draws_from=nullable(MOMENT),
    utc_draws_until=nullable(MOMENT),
    tier=WHOLE,
    ceiling={
        **nullable(WHOLE),
        "description": "The most that own and drawn units can be together.",
    },
    floor={**nullable(WHOLE), "description": "What stays when unsold units are moved."},
    is_dynamic={**FLAG, "description": "Whether unsold units may be moved to other channels."},
    note=STRING,
    changes={
        "type": "array",
        "items": STRING,
        "description": "What this version says otherwise than the one before, as sentences.",
    },
)
ALLOCATED_POOL = record(
    "A pool in which the channel has a part, perhaps an empty one.",
    id=ID,
    name=STRING,
    quantity={**WHOLE, "description": "The channel's units now: its own, and drawn ones."},
    held=WHOLE,
    sold=WHOLE,
    drawn={**WHOLE, "description": "How many of them it has drawn."},
    free={**WHOLE, "description": "Neither held nor sold."},
    items={"type": "array", "items": POOL_ITEM},
    plan={"oneOf": [CHANNEL_PLAN, {"type": "null"}]},
    text={"type": "array", "items": STRING, "description": "The same in plain language."},
)

COMPONENTS: dict[str, Schema] = {
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
    "Allocation": record(
        "What one channel has of an event, and why.",
        event=ID,
        channel=ID,
        time_zone={"type": "string", "description": "The venue's, in which `text` tells times."},
        utc_as_of=MOMENT,
        pools={"type": "array", "items": ALLOCATED_POOL},
        text={
            "type": "array",
            "items": STRING,
            "description": "All pools, and what holds for each of them, in plain language.",
        },
    ),
    "Booking": record(
        "One reservation and what became of it.",
        id={"type": "string", "format": "uuid"},
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
