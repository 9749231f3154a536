"""Every code that a problem can carry, with its status and what a caller can do about it."""

from typing import NamedTuple


class Code(NamedTuple):
    status: int
    title: str
    advice: str


CODES: dict[str, Code] = {
    "VALIDATION": Code(
        400,
        "The input is not valid",
        "Correct the fields that errors[] names. The same request can never succeed.",
    ),
    "NOT_AUTHENTICATED": Code(
        401,
        "Who are you?",
        "Send Authorization: Bearer <key> with a key that has neither expired nor been revoked.",
    ),
    "FORBIDDEN": Code(
        403,
        "Not allowed",
        "Ask the venue for a key with the scope, or for the role, that it takes.",
    ),
    "MAY_NOT_DECIDE": Code(
        403, "Somebody else has to decide", "Only who has asked takes a request back."
    ),
    "NOT_FOUND": Code(
        404, "Not found", "There is no such thing, or it belongs to another channel or venue."
    ),
    "METHOD_NOT_ALLOWED": Code(
        405, "This method is not offered here", "The header Allow says which methods are."
    ),
    "NOT_ACCEPTABLE": Code(406, "Only JSON is spoken here", "Accept application/json."),
    "REFUSED": Code(409, "The request was refused", "Nothing was changed; the detail says why."),
    "SOLD_OUT": Code(
        409,
        "Not enough tickets",
        "Ask for at most `sellable`. `limited_by` says what ends first: the channel's own stock, "
        "its listing's or the item's limit, its plan, or the open stock it draws on.",
    ),
    "NOT_ON_SALE": Code(
        409, "Not on sale", "Wait until the venue puts the event or the item on sale."
    ),
    "OUTSIDE_SALES_WINDOW": Code(
        409, "Outside the sales window", "Sell between `sales_from` and `sales_until`."
    ),
    "STOP_SELL": Code(
        409, "Sales are stopped", "The venue has stopped sales; the detail says why."
    ),
    "PRICE_OUT_OF_RANGE": Code(
        409,
        "The price is out of range",
        "Leave unit_price out, or keep it between `price_floor` and `price_ceiling`.",
    ),
    "HOLD_EXPIRED": Code(409, "The hold has expired", "Make a new booking."),
    "ASKED_TOO_MUCH": Code(
        409,
        "Too much is asked for",
        "Ask for fewer, or wait until an earlier request is decided: the detail says which bound.",
    ),
    "CANNOT_SELL": Code(
        409,
        "The receiver cannot sell now",
        "The detail says what is stopped or closed; ask again when it sells.",
    ),
    "INVALID_STATE": Code(
        409,
        "Not in this state",
        "Read the booking, the lease, the transfer, the alert or the sales file: what it has become allows no such step.",
    ),
    "ALWAYS_CONNECTED": Code(
        409,
        "The channel asks at each sale",
        "A channel that is always connected takes no lease and sends no files: it holds and books.",
    ),
    "NOT_ENOUGH_STOCK": Code(409, "Not enough stock", "Ask for less: `free` says how much."),
    "NO_TRANSFER": Code(
        409,
        "No transfer is possible",
        "Nothing moves in this event any more; the detail says why.",
    ),
    "IDEMPOTENCY_IN_FLIGHT": Code(
        409,
        "The same request is still being answered",
        "Wait for Retry-After and send the same request under the same key again.",
    ),
    "TIMEOUT": Code(
        408, "The request came too slowly", "Send it again under the same key, without pauses."
    ),
    "LENGTH_REQUIRED": Code(
        411, "The body's length is missing", "Send Content-Length; chunked bodies are not read."
    ),
    "PAYLOAD_TOO_LARGE": Code(413, "The body is too large", "Send less at once."),
    "UNSUPPORTED_MEDIA_TYPE": Code(
        415,
        "The body is of another type",
        "Send Content-Type: application/json, or multipart/form-data with a sales file.",
    ),
    "IDEMPOTENCY_CONFLICT": Code(
        422,
        "The key was used for another request",
        "Take a new Idempotency-Key for a new request.",
    ),
    "RATE_LIMITED": Code(429, "Too many requests", "Wait for Retry-After."),
    "INTERNAL": Code(
        500,
        "Our mistake",
        "It was logged. Send the same request under the same Idempotency-Key again.",
    ),
    "BUSY": Code(503, "Too busy at this moment", "Nothing was changed: retry after Retry-After."),
    "UNAVAILABLE": Code(
        503,
        "Cannot answer at the moment",
        "It may or may not have been done: repeat it under the same Idempotency-Key.",
    ),
}

# What the counter's own screen meets beside those, and no program of a partner.
AT_COUNTERS: dict[str, Code] = {
    "NO_OPEN_TILL": Code(409, "No open till", "Open a till at this counter first."),
    "TILL_OPEN": Code(409, "The till is open", "Go on with your open till, or close it."),
    "NOT_PAID": Code(
        409,
        "Not so much was paid",
        "Give back at most `paid`, in a kind in which it was paid.",
    ),
}
ALL = CODES | AT_COUNTERS
