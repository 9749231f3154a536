"""What the counter's screen sends."""

from typing import Annotated, Self, TypeVar

from pydantic import Field, model_validator

from boxoffice.counter.payments import Tender
from boxoffice.enums import TAKEN, PaymentKind
from boxoffice.models.shift import LONGEST_NOTE
from common.json_types import Entries, OneOf, Text
from common.rest.values import Body, Id, Money, Omittable, UuidText, wrong
from sales.orders import MAX_LINES, MAX_PER_LINE, Contact, OrderLine

MAX_PIECES = 100_000
T = TypeVar("T")
Lines = Annotated[list[T], Entries(1, MAX_LINES)]
Quantity = Annotated[int, Field(ge=1, le=MAX_PER_LINE)]
Reference = Annotated[str, Text(100)]
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


class NewShift(Body):
    """A till to be opened."""

    channel: Id
    terminal: Annotated[str, Text(100, minimum=1)]
    opening_float: Money


class ShiftEnd(Body):
    """What was counted as a till is closed."""

    counted: Money
    pieces: Annotated[
        dict[Annotated[str, Text(10, minimum=1)], Annotated[int, Field(ge=0, le=MAX_PIECES)]],
        Field(default_factory=dict),
    ]
    note: Annotated[str, Text(LONGEST_NOTE, lines=True)] = ""
