"""Types of what programs read and send as JSON, with what the OpenAPI file says of each.

Whoever makes an answer states its type as a ``TypedDict`` of these; ``partners.api`` has pydantic make the
OpenAPI file from it. Pydantic asks what stands in ``Annotated`` by the two methods below, so that
nothing here and in the apps that use it imports pydantic.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

Schema = dict[str, Any]
Handler = Callable[[Any], Schema]


class JsonSchema:
    """Keywords of JSON Schema that the type does not say: ``JsonSchema(format="uuid")``."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords

    def __get_pydantic_json_schema__(self, schema: Any, handler: Handler) -> Schema:
        return handler(schema) | self.keywords


@dataclass(frozen=True, slots=True)
class Text:
    """Text without characters that nobody can print; ``lines`` lets it have several lines."""

    maximum: int
    minimum: int = 0
    lines: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> Schema:
        pattern = r"^[^\x00]*$" if self.lines else r"^[^\x00-\x1f\x7f]*$"
        bounds = {"min_length": self.minimum, "max_length": self.maximum}
        return handler(source) | bounds | {"pattern": pattern}


@dataclass(frozen=True, slots=True)
class Entries:
    """So many entries of a list."""

    minimum: int
    maximum: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> Schema:
        return handler(source) | {"min_length": self.minimum, "max_length": self.maximum}


class OneOf:
    """One of these texts, such as the values of an enum."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = [str(value) for value in values]

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> Schema:
        return {"type": "literal", "expected": self.values}


RowId = Annotated[int, JsonSchema(format="int64")]
Count = Annotated[int, JsonSchema(minimum=0)]
Uuid = Annotated[str, JsonSchema(format="uuid")]
Moment = Annotated[str, JsonSchema(format="date-time")]
Day = Annotated[str, JsonSchema(format="date")]
Clock = Annotated[str, JsonSchema(pattern="^[0-2][0-9]:[0-5][0-9]$")]
Amount = Annotated[str, JsonSchema(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["400.00"])]
Currency = Annotated[str, JsonSchema(pattern="^[A-Z]{3}$", examples=["INR"])]
