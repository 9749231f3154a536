"""What a sync sends: sales and returns, each read by itself.

What was sold was sold: a report that cannot be read is kept as it is and answered so, and holds up no other. Only
without a name, by which it is known again, nothing can be said of it: then the whole call is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, core_schema

from common.json_types import Entries, Text
from common.rest.reading import first_fault
from common.rest.values import Body, Id, Money, Omittable, UuidText, json_schema, moment_of, wrong
from offline.models import LONGEST_CLIENT_ID
from offline.reports import (
    MAX_REPORTS,
    Fault,
    ReturnReport,
    SaleReport,
    SyncNoteJson,
)
from sales.orders import OrderLine
from sales.values import Lines, Quantity, Reference

# What is kept of a report that is longer than any that we know how to read.
LONGEST_KEPT = 300
MOST_LINES_KEPT = 100


def _client_id(value: object) -> str:
    if (
        isinstance(value, str)
        and 1 <= len(value) <= LONGEST_CLIENT_ID
        and value.isprintable()
        and value == value.strip()
    ):
        return value
    raise wrong(
        f"Must have 1 to {LONGEST_CLIENT_ID} printable characters, without spaces at the ends."
    )


ClientId = Annotated[
    str,
    PlainValidator(_client_id),
    json_schema("string", minLength=1, maxLength=LONGEST_CLIENT_ID, pattern=r"^\S(.*\S)?$"),
]
# Whatever it is: a clock that is wrong makes no sale undone.
ClockTime = Annotated[object, json_schema("string", format="date-time")]


class SoldLine(Body):
    """So many tickets of an item that were sold."""

    item: Id
    """An item that the channel lists."""
    quantity: Quantity
    """How many tickets."""
    unit_price: Omittable[Money] = None
    """What each was sold for; left out: the price of the lease, or else the list price."""


class SyncSale(Body):
    """
    A sale that the channel has made. Whatever else is sent under a `client_id` is kept, and answered
    `UNREADABLE`.
    """

    client_id: ClientId
    """The channel's own number for it: it counts once, whenever and however often it is sent."""
    sold_at: ClockTime = None
    """When, by the channel's own clock: it is shown, and decides nothing."""
    lines: Lines[SoldLine]
    """All of one event."""
    reference: Reference = ""
    """The booking's reference; left out: the `client_id`. No personal data."""


class ReturnedTickets(Body):
    """So many tickets of an item."""

    item: Id
    """An item of the sale."""
    quantity: Quantity
    """How many tickets were taken back."""


class SyncReturn(Body):
    """
    Tickets of a sale that the channel has taken back. Whatever else is sent under a `client_id` is kept, and
    answered `UNREADABLE`.
    """

    client_id: ClientId
    """The channel's own number for the return."""
    sale: ClientId
    """The `client_id` of the sale, of this call or of one before."""
    returned_at: ClockTime = None
    """When, by the channel's own clock: it is shown, and decides nothing."""
    lines: Omittable[Lines[ReturnedTickets]] = None
    """So many tickets of these items; left out: all that the sale still has."""
    reason: Annotated[str, Text(LONGEST_KEPT)] = ""
    """Why; it is kept with the report. No personal data."""


B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Entry(Generic[B]):
    """A report as it came, and what it says; nothing where it has a ``fault``."""

    client_id: str
    sent: Mapping[str, Any]
    read: B | None
    fault: Fault | None


class _Named(Body):
    model_config = ConfigDict(extra="ignore")

    client_id: ClientId


class OneByOne:
    """Reads an entry of a list by itself. Only one that has no name is a fault of the whole."""

    def __init__(self, kind: type[Body]) -> None:
        self.kind = kind

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._read, handler.generate_schema(self.kind)
        )

    def _read(self, value: Any, read: ValidatorFunctionWrapHandler) -> Entry[Any]:
        try:
            report = read(value)
        except ValidationError as error:
            client_id = _Named.model_validate(value).client_id
            field, detail = first_fault(self.kind, error)
            return Entry(client_id, value, None, Fault(field, detail))
        return Entry(report.client_id, value, report, None)


class SyncCall(Body):
    """What a channel has sold and taken back since its last sync; at most 1,000 of both together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lease": "0199b1f5-3d6c-7e4a-8f00-5b1e2a3c4d5e",
                    "sales": [
                        {
                            "client_id": "gate3-000417",
                            "sold_at": "2026-10-05T19:02:11+05:30",
                            "lines": [{"item": 1, "quantity": 2, "unit_price": "400.00"}],
                        }
                    ],
                    "returns": [{"client_id": "gate3-r-0003", "sale": "gate3-000398"}],
                }
            ]
        }
    )

    channel: Omittable[Id] = None
    """For a signed-in person: the channel that has sold. A key has its own, and may leave it out."""
    lease: Omittable[UuidText] = None
    """The lease that the sales are taken from first; what it has not comes from the channel's stock."""
    sales: Annotated[
        list[Annotated[Entry[SyncSale], OneByOne(SyncSale)]], Entries(0, MAX_REPORTS)
    ] = Field(default_factory=list)
    """In the order in which they were made."""
    returns: Annotated[
        list[Annotated[Entry[SyncReturn], OneByOne(SyncReturn)]], Entries(0, MAX_REPORTS)
    ] = Field(default_factory=list)
    """In the order in which they were made; they are judged after the sales."""


# What is kept of each, asked of pydantic once: it is slow to say.
SALE_FIELDS, RETURN_FIELDS = tuple(SyncSale.model_fields), tuple(SyncReturn.model_fields)
LINE_FIELDS = tuple(SoldLine.model_fields)


def sale_report(entry: Entry[SyncSale]) -> SaleReport:
    read = entry.read
    return SaleReport(
        client_id=entry.client_id,
        fault=entry.fault,
        lines=[OrderLine(line.item, line.quantity, line.unit_price) for line in read.lines]
        if read is not None
        else (),
        reference=read.reference if read is not None else "",
        **evidence(SALE_FIELDS, entry.sent, "sold_at"),
    )


def return_report(entry: Entry[SyncReturn]) -> ReturnReport:
    read = entry.read
    tickets: dict[int, int] | None = None
    if read is not None and read.lines is not None:
        tickets = {}
        for line in read.lines:
            tickets[line.item] = tickets.get(line.item, 0) + line.quantity
    return ReturnReport(
        client_id=entry.client_id,
        fault=entry.fault,
        sale_client_id=read.sale if read is not None else "",
        tickets=tickets,
        reason=read.reason if read is not None else "",
        **evidence(RETURN_FIELDS, entry.sent, "returned_at"),
    )


def evidence(fields: Iterable[str], sent: Mapping[str, Any], clock: str) -> dict[str, Any]:
    """What is kept of a report whether it can be read or not, and the time that it names."""
    said = {name: _kept(sent[name]) for name in fields if name in sent}
    if isinstance(sent.get("lines"), list):
        said["lines"] = [_kept_line(line) for line in sent["lines"][:MOST_LINES_KEPT]]
    at = sent.get(clock)
    moment = moment_of(at) if isinstance(at, str) else None
    notes: list[SyncNoteJson] = []
    if clock in sent and moment is None:
        detail = f"{clock} is no moment with an offset, like 2026-10-05T19:00:00Z."
        notes.append({"code": "UNREADABLE_TIME", "detail": detail})
    return {"said": said, "said_at": moment, "notes": notes}


def _kept_line(line: object) -> object:
    if not isinstance(line, dict):
        return _kept(line)
    return {name: _kept(line[name]) for name in LINE_FIELDS if name in line}


def _kept(value: object) -> object:
    """As the database can keep it. What stands where one value should be may hold anything, and is not kept."""
    if isinstance(value, str):
        whole = value[:LONGEST_KEPT].encode("utf-8", "replace").decode()
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return "[…]"
    if isinstance(value, dict):
        return "{…}"
    return value
