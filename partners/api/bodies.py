"""The bodies that the API takes."""

from alerts.services import MAX_NOTE
from allocations.models.channel import LONGEST_HOLD_SECONDS
from allocations.services import LARGEST_CAPACITY
from partners.api.shapes import Choice, Either, Flag, ListOf, Money, Object, Text, Whole, an_id
from sales.orders import MAX_LINES, MAX_PER_LINE
from transfers.partner_requests import Direction
from transfers.services import MAX_REASON

QUANTITY = Whole(1, MAX_PER_LINE, "How many tickets.")
REFERENCE = Text(100, about="The seller's own number for the booking.")
SECONDS = Whole(
    1,
    LONGEST_HOLD_SECONDS,
    "How long the tickets are held; the channel has a usual and a longest time.",
)
UNIT_PRICE = Money("For a channel that sets its prices itself; else the list price, or left out.")

CONTACT = Object(
    {
        "full_name": Text(200),
        "first_name": Text(100),
        "last_name": Text(100),
        "email_address": Text(254),
        "phone_number": Text(50),
        "postal_code": Text(20),
        "country": Text(2, minimum=2, about="ISO 3166, two letters."),
        "locales": ListOf(Text(35, minimum=2), 0, 10, "Languages, as in BCP 47."),
        "notes": Text(2_000, lines=True),
    },
    about="Who the tickets are for. Kept with the booking alone; can be erased.",
)

ORDER_LINE = Object(
    {
        "item": an_id("An item that the channel lists."),
        "quantity": QUANTITY,
        "unit_price": UNIT_PRICE,
    },
    required=("item", "quantity"),
)
CHANGED_LINE = Object(
    {
        "line": Whole(1, 32_767, "The number of one of the booking's lines."),
        "quantity": Whole(0, MAX_PER_LINE, "The tickets to keep; 0 gives all of the line back."),
    },
    required=("line", "quantity"),
)
REFUNDED_LINE = Object(
    {
        "line": Whole(1, 32_767, "The number of one of the booking's lines."),
        "quantity": QUANTITY,
    },
    required=("line", "quantity"),
)

NEW_BOOKING = Object(
    {
        "event": an_id("An event that the channel lists."),
        "channel": an_id(
            "For a signed-in person: the channel that sells. A key has its own, and may leave it "
            "out."
        ),
        "lines": ListOf(ORDER_LINE, 1, MAX_LINES),
        "confirm": Flag("Sell at once; else the tickets are held."),
        "expires_in_seconds": SECONDS,
        "reference": REFERENCE,
        "contact": CONTACT,
    },
    required=("event", "lines"),
    example={
        "event": 1,
        "lines": [{"item": 1, "quantity": 2}],
        "confirm": True,
        "reference": "ORDER-1234",
        "contact": {"full_name": "Asha Rao", "email_address": "asha@example.com"},
    },
)
AMENDMENT = Object(
    {
        "lines": ListOf(Either("line", CHANGED_LINE, ORDER_LINE), 1, MAX_LINES),
        "reference": REFERENCE,
        "contact": CONTACT,
    },
    at_least=1,
    example={"lines": [{"line": 1, "quantity": 3}]},
)
CONFIRMATION = Object({"reference": REFERENCE, "contact": CONTACT})
EXTENSION = Object({"expires_in_seconds": SECONDS})
CANCELLATION = Object(
    {
        "reason": Text(300, minimum=1, about="Why; it stands in the ledger. No personal data."),
        "lines": ListOf(
            REFUNDED_LINE, 1, MAX_LINES, "So many tickets of these lines; left out: all."
        ),
    },
    required=("reason",),
    example={"reason": "The customer has fallen ill."},
)

NEW_TRANSFER = Object(
    {
        "event": an_id("An event that the channel lists."),
        "pool": an_id("A pool in which the channel has a part, as `GET /allocation/` names it."),
        "channel": an_id(
            "For a signed-in person: the channel that asks. A key has its own, and may leave it out."
        ),
        "direction": Choice(
            Direction.values,
            "`MORE`: from the open stock that you draw on, or else of the pool. `BACK`: there.",
        ),
        "units": Whole(1, LARGEST_CAPACITY, "Units of the pool."),
        "up_to": Flag("Fewer will do, if there are not so many any more when it is carried out."),
        "reason": Text(MAX_REASON, minimum=1, about="Why. Who decides reads it. No personal data."),
    },
    required=("event", "pool", "direction", "units", "reason"),
    example={
        "event": 1,
        "pool": 1,
        "direction": "MORE",
        "units": 50,
        "reason": "A group of 48 has asked for that evening.",
    },
)
WITHDRAWAL = Object(
    {
        "channel": an_id("For a signed-in person: the channel that has asked."),
        "reason": Text(MAX_REASON, about="Why; it is kept with the request. No personal data."),
    }
)
ALERT_STEP = Object(
    {"note": Text(MAX_NOTE, about="What is being done about it, or was. No personal data.")}
)
