"""What may be sent to the API: bodies and queries are types, from which the OpenAPI file is made too.

A ``Body`` is read from decoded JSON, a ``Query`` from the parameters of an address; ``reading`` reads both
and says what is wrong. Nothing is guessed: true is not 1, 2.0 is not 2, and null stands for nothing.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError

from common.json_types import JsonSchema
from common.spoken_number import row_of

LARGEST_ID = 2**63 - 1
# Beyond these years nothing is ever on sale, and arithmetic with zones would leave the calendar.
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
# RFC 3339. Python reads more than that, such as any character between the date and the time.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?")

T = TypeVar("T")


def name_outside(name: str) -> str:
    """A field's name as it is sent; one that is a word of Python's ends in a line here: ``from_``."""
    return name.removesuffix("_")


class Input(BaseModel):
    """What has these fields and no others."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=name_outside
    )


class Body(Input):
    """A JSON object."""


class Query(Input):
    """The parameters of an address."""


class _NotNull:
    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        nullable: Any = handler(source)
        return nullable["schema"]  # type: ignore[no-any-return]


# A field that may be left out and then is None; null is not taken for it.
Omittable = Annotated[T | None, _NotNull()]


def wrong(sentence: str) -> PydanticCustomError:
    """What a type of one's own raises for a value that it does not take."""
    return PydanticCustomError("wrong", sentence)


def _amount(value: object) -> Decimal:
    if type(value) is not str:
        raise PydanticCustomError("amount_type", "not text")
    if not _AMOUNT.fullmatch(value):
        raise wrong('Must be like "12.50": up to ten digits, then up to two after the point.')
    return Decimal(value)


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise wrong("Must be a whole number.")
    return int(text)


def moment_of(text: str) -> datetime | None:
    """A moment within the years in which anything is on sale; nothing for what is no moment."""
    try:
        moment = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        return None
    day = min(max(moment.date(), EARLIEST), LATEST)
    if day != moment.date():
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return moment.astimezone(UTC)


def _moment(text: str) -> datetime:
    moment = moment_of(text)
    if moment is None:
        raise wrong("Must be a moment with an offset, like 2026-10-05T19:00:00Z (+ is %2B).")
    return moment


def _uuid(value: object) -> UUID:
    if type(value) is str and _UUID.fullmatch(value):
        return UUID(value)
    raise wrong("Must be a UUID, like 0199b1f5-3d6c-7e4a-8f00-5b1e2a3c4d5e.")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise wrong("Must be a date, like 2026-10-05.")
    return min(max(day, EARLIEST), LATEST)


def _spoken_number(text: str) -> int:
    row = row_of(text)
    if row is None:
        raise wrong("Must be a number like 7KQM-3X9F, without a mistake.")
    return row


def json_schema(kind: str, **keywords: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **keywords})


# In bodies.
Id = Annotated[int, Field(ge=1, le=LARGEST_ID), JsonSchema(format="int64")]
# A JSON number has been through somebody's binary fractions.
Money = Annotated[
    Decimal,
    PlainValidator(_amount),
    json_schema("string", pattern=f"^{_AMOUNT.pattern}$", examples=["12.50"]),
]
UuidText = Annotated[UUID, PlainValidator(_uuid), json_schema("string", format="uuid")]
# In queries, where everything is text.
Number = BeforeValidator(_whole_number)
IdText = Annotated[Id, Number]
MomentText = Annotated[datetime, PlainValidator(_moment), json_schema("string", format="date-time")]
DayText = Annotated[date, PlainValidator(_day), json_schema("string", format="date")]
SpokenNumber = Annotated[
    int, PlainValidator(_spoken_number), json_schema("string", example="7KQM-3X9F")
]
