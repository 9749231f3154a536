"""What the counter's screen sends."""

from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from allocations.services import LARGEST_CAPACITY
from boxoffice.counter.payments import Tender
from boxoffice.counter.pieces import MAX_PIECES
from boxoffice.enums import TAKEN, PaymentKind
from boxoffice.models.shift import LONGEST_NOTE
from common.json_types import Entries, OneOf, Text
from common.rest.values import Body, Id, Money, Omittable, UuidText, wrong
from sales.orders import MAX_LINES, MAX_PER_LINE, Contact, OrderLine
from sales.values import LineNumber, Lines, Quantity, Reference

# Of a change for which nobody said why.
CHANGED = "Changed at the counter"
Reason = Annotated[str, Text(300)]


class SoldLine(Body):
    """So many of an item."""

    item: Id
    quantity: Quantity
    unit_price: Omittable[Money] = None

    @property
    def order_line(self) -> OrderLine:
        return OrderLine(self.item, self.quantity, self.unit_price)


class PaymentBody(Body):
    """How it is paid."""

    kind: Annotated[str, OneOf(TAKEN)]
    tendered: Omittable[Money] = None
    reference: Reference = ""
    reason: Reason = ""

    @property
    def tender(self) -> Tender:
        return Tender(PaymentKind(self.kind), self.tendered, self.reference, self.reason)


class NewSale(Body):
    """A hold that is paid, or tickets that are sold at once."""

    channel: Id
    booking: Omittable[UuidText] = None
    event: Omittable[Id] = None
    lines: Omittable[Lines[SoldLine]] = None
    reference: Omittable[Reference] = None
    contact: Omittable[Contact] = None
    payment: PaymentBody

    @model_validator(mode="after")
    def check_what_is_sold(self) -> Self:
        at_once = self.event is not None, self.lines is not None
        if self.booking is not None and any(at_once):
            raise wrong("Name the booking, or the event and its lines; not both.")
        if self.booking is None and not all(at_once):
            raise wrong("Name the booking, or the event and its lines.")
        return self


class RefundedLine(Body):
    """So many tickets of a line of the booking."""

    line: LineNumber
    quantity: Quantity


class NewRefund(Body):
    """Tickets that are given back; without ``lines`` all that the booking has."""

    channel: Id
    booking: UuidText
    lines: Omittable[Lines[RefundedLine]] = None
    kind: Annotated[str, OneOf(TAKEN)]
    reason: Annotated[str, Text(300, minimum=1)]
    reference: Reference = ""

    @property
    def tender(self) -> Tender:
        return Tender(PaymentKind(self.kind), None, self.reference, self.reason)

    @property
    def tickets(self) -> dict[int, int] | None:
        """Line → tickets."""
        return None if self.lines is None else {line.line: line.quantity for line in self.lines}

    @model_validator(mode="after")
    def check_that_each_line_is_named_once(self) -> Self:
        if self.lines is not None and len(self.tickets or ()) < len(self.lines):
            raise wrong("A line is named twice.")
        return self


class ChangedLine(Body):
    """A line of the booking, and the tickets of it to keep."""

    line: LineNumber
    quantity: Annotated[int, Field(ge=0, le=MAX_PER_LINE)]


class NewChange(Body):
    """What changes of a booking: lines to keep less or more of, items to add."""

    channel: Id
    booking: UuidText
    lines: Annotated[list[ChangedLine], Entries(0, MAX_LINES)] = Field(default_factory=list)
    add: Annotated[list[SoldLine], Entries(0, MAX_LINES)] = Field(default_factory=list)
    payment: PaymentBody

    @property
    def tender(self) -> Tender:
        given = self.payment.tender
        return given if given.reason.strip() else replace(given, reason=CHANGED)

    @model_validator(mode="after")
    def check_that_something_changes(self) -> Self:
        if not (self.lines or self.add):
            raise wrong("Name a line that changes, or an item that is added.")
        return self


class NewTransfer(Body):
    """Units of a pool that the counter needs, from a row of it or else from where it draws."""

    channel: Id
    event: Id
    pool: Id
    source: Omittable[Id] = None
    units: Annotated[int, Field(ge=1, le=LARGEST_CAPACITY)]
    reason: Annotated[str, Text(300, minimum=1)]


class Search(Body):
    """What somebody says of a booking: its number, a receipt, a reference, or who bought it."""

    channel: Id
    q: Annotated[str, Text(100, minimum=1)]


class NewShift(Body):
    """A till to be opened."""

    channel: Id
    terminal: Annotated[str, Text(100, minimum=1)]
    opening_float: Money


class ShiftEnd(Body):
    """What was counted as a till is closed."""

    counted: Money
    pieces: dict[str, Annotated[int, Field(ge=0, le=MAX_PIECES)]] = Field(default_factory=dict)
    note: Annotated[str, Text(LONGEST_NOTE, lines=True)] = ""
