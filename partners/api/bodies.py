"""The bodies that the API takes."""

from typing import Annotated, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from alerts.services import MAX_NOTE
from allocations.models.channel import LONGEST_HOLD_SECONDS, LONGEST_LEASE_HOURS
from allocations.services import LARGEST_CAPACITY
from common.json_types import OneOf, Text
from common.rest.values import Body, Id, Money, Omittable, wrong
from offline.services import LONGEST_NAME
from sales.orders import MAX_PER_LINE, Contact
from sales.values import LineNumber, Lines, Quantity, Reference
from transfers.partner_requests import Direction
from transfers.services import MAX_REASON

Seconds = Annotated[int, Field(ge=1, le=LONGEST_HOLD_SECONDS)]
LeaseSeconds = Annotated[int, Field(ge=1, le=LONGEST_LEASE_HOURS * 3600)]


class NewLine(Body):
    """So many of an item."""

    item: Id
    """An item that the channel lists."""
    quantity: Quantity
    """How many tickets."""
    unit_price: Omittable[Money] = None
    """For a channel that sets its prices itself; else the list price, or left out."""


class ChangedLine(Body):
    """A line of the booking, and what is kept of it."""

    line: LineNumber
    """The number of one of the booking's lines."""
    quantity: Annotated[int, Field(ge=0, le=MAX_PER_LINE)]
    """The tickets to keep; 0 gives all of the line back."""


class RefundedLine(Body):
    """So many tickets of a line."""

    line: LineNumber
    """The number of one of the booking's lines."""
    quantity: Quantity
    """How many tickets."""


class NewBooking(Body):
    """Tickets to be held, or sold at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": 1,
                    "lines": [{"item": 1, "quantity": 2}],
                    "confirm": True,
                    "reference": "ORDER-1234",
                    "contact": {"full_name": "Asha Rao", "email_address": "asha@example.com"},
                }
            ]
        }
    )

    event: Id
    """An event that the channel lists."""
    channel: Omittable[Id] = None
    """For a signed-in person: the channel that sells. A key has its own, and may leave it out."""
    lines: Lines[NewLine]
    confirm: bool = False
    """Sell at once; else the tickets are held."""
    expires_in_seconds: Omittable[Seconds] = None
    """How long the tickets are held; the channel has a usual and a longest time."""
    reference: Reference = ""
    """The seller's own number for the booking."""
    contact: Omittable[Contact] = None


def _kind_of_line(line: object) -> str:
    return "ChangedLine" if isinstance(line, dict) and "line" in line else "NewLine"


class Amendment(Body):
    """What changes of a booking: at least one of these."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"lines": [{"line": 1, "quantity": 3}]}],
        }
    )

    lines: Omittable[
        Lines[
            Annotated[
                Annotated[ChangedLine, Tag("ChangedLine")] | Annotated[NewLine, Tag("NewLine")],
                Discriminator(_kind_of_line),
            ]
        ]
    ] = None
    """The lines that change, and those that are added."""
    reference: Omittable[Reference] = None
    """The seller's own number for the booking."""
    contact: Omittable[Contact] = None

    @model_validator(mode="after")
    def check_that_something_changes(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(type(self).model_fields)
            raise wrong(f"Name at least one of {names}.")
        return self


class Confirmation(Body):
    """What is added to a booking as it is confirmed."""

    reference: Omittable[Reference] = None
    """The seller's own number for the booking."""
    contact: Omittable[Contact] = None


class Extension(Body):
    """For how long from now."""

    expires_in_seconds: Omittable[Seconds] = None
    """How long the tickets are held; the channel has a usual and a longest time."""


class Cancellation(Body):
    """Why, and how much of a booking is given back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The customer has fallen ill."}]}
    )

    reason: Annotated[str, Text(300, minimum=1)]
    """Why; it stands in the ledger. No personal data."""
    lines: Omittable[Lines[RefundedLine]] = None
    """So many tickets of these lines; left out: all."""


class LeasedLine(Body):
    """So many tickets of an item, for a terminal to sell."""

    item: Id
    """An item that the channel lists; each once."""
    quantity: Quantity
    """How many tickets."""


class NewLease(Body):
    """Tickets to be set aside for one terminal."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": 1,
                    "terminal": "Gate 3",
                    "lines": [{"item": 1, "quantity": 100}],
                    "expires_in_seconds": 36_000,
                }
            ]
        }
    )

    event: Id
    """An event that the channel lists."""
    channel: Omittable[Id] = None
    """For a signed-in person: the channel that sells. A key has its own, and may leave it out."""
    terminal: Annotated[str, Text(LONGEST_NAME, minimum=1)]
    """Who sells from it, as people call it. No personal data."""
    lines: Lines[LeasedLine]
    expires_in_seconds: Omittable[LeaseSeconds] = None
    """How long the terminal sells from it; left out: the channel's longest lease."""


class LeaseExtension(Body):
    """For how long from now."""

    expires_in_seconds: Omittable[LeaseSeconds] = None
    """How long the terminal sells from it; left out: the channel's longest lease."""


class LeaseReturn(Body):
    """Why a lease ends."""

    reason: Annotated[str, Text(300)] = ""
    """Why; it stands in the ledger. No personal data."""


class NewTransfer(Body):
    """Units that a channel asks for, or gives back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": 1,
                    "pool": 1,
                    "direction": "MORE",
                    "units": 50,
                    "reason": "A group of 48 has asked for that evening.",
                }
            ]
        }
    )

    event: Id
    """An event that the channel lists."""
    pool: Id
    """A pool in which the channel has a part, as `GET /allocation/` names it."""
    channel: Omittable[Id] = None
    """For a signed-in person: the channel that asks. A key has its own, and may leave it out."""
    direction: Annotated[str, OneOf(Direction.values)]
    """`MORE`: from the open stock that you draw on, or else of the pool. `BACK`: there."""
    units: Annotated[int, Field(ge=1, le=LARGEST_CAPACITY)]
    """Units of the pool."""
    up_to: bool = False
    """Fewer will do, if there are not so many any more when it is carried out."""
    reason: Annotated[str, Text(MAX_REASON, minimum=1)]
    """Why. Who decides reads it. No personal data."""


class Withdrawal(Body):
    """Why a request is taken back."""

    channel: Omittable[Id] = None
    """For a signed-in person: the channel that has asked."""
    reason: Annotated[str, Text(MAX_REASON)] = ""
    """Why; it is kept with the request. No personal data."""


class AlertNote(Body):
    """What is said about an alert that is taken on or ended."""

    note: Annotated[str, Text(MAX_NOTE)] = ""
    """What is being done about it, or was. No personal data."""
