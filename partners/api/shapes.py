"""What a body may look like: said once, read strictly, and shown as it is in the OpenAPI schema.

A shape reads a decoded JSON value. What does not fit becomes a ``Fault`` with the place of the
value, and ``None`` is returned; who reads goes on only when there are no faults.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from partners.api.problems import Fault, InvalidRequestError

LARGEST_ID = 2**63 - 1
# Whoever sends a megabyte of nonsense is told so much of it, and costs no more than that.
MAX_FAULTS = 20
JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number with a fraction",
    type(None): "null",
}
# Halves of a pair that stand alone: JSON can write them, UTF-8 and so the database cannot.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class EnoughFaultsError(Exception):
    """So much is wrong that the rest is not looked at."""


class Faults(list[Fault]):
    """What is wrong, up to ``MAX_FAULTS``."""

    def append(self, fault: Fault) -> None:
        """Raises ``EnoughFaultsError`` for one more; the last one then says that there are more."""
        if len(self) == MAX_FAULTS:
            super().append(Fault("", f"There are more faults; these are the first {MAX_FAULTS}."))
            raise EnoughFaultsError
        super().append(fault)


class Shape(Protocol):
    def read(self, value: object, at: str, faults: Faults) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


def must_be(expected: str, value: object) -> str:
    return f"Must be {expected}, not {JSON_NAMES.get(type(value), 'this')}."


def described(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return schema | {"description": about} if about else schema


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, and no number with a fraction of zero; true is not 1."""

    minimum: int
    maximum: int
    about: str = ""

    def read(self, value: object, at: str, faults: Faults) -> int | None:
        if type(value) is not int:
            faults.append(Fault(at, must_be("a whole number", value)))
        elif not self.minimum <= value <= self.maximum:
            faults.append(Fault(at, f"Must be from {self.minimum} to {self.maximum}."))
        else:
            return value
        return None

    def schema(self) -> dict[str, Any]:
        found = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        if self.maximum > 2**31:
            found["format"] = "int64"
        return described(found, self.about)


def an_id(about: str = "") -> Whole:
    return Whole(1, LARGEST_ID, about)


@dataclass(frozen=True, slots=True)
class Text:
    """Text without characters that nobody can print; ``lines`` lets it have several lines."""

    maximum: int
    minimum: int = 0
    lines: bool = False
    about: str = ""

    def read(self, value: object, at: str, faults: Faults) -> str | None:
        if type(value) is not str:
            faults.append(Fault(at, must_be("text", value)))
        elif not self.minimum <= len(value) <= self.maximum:
            faults.append(Fault(at, f"Must have {self.minimum} to {self.maximum} characters."))
        elif _SURROGATE.search(value):
            faults.append(Fault(at, "Has half of a surrogate pair, which is no character."))
        elif "\0" in value or (not self.lines and _CONTROL.search(value)):
            faults.append(Fault(at, "Has a control character."))
        else:
            return value
        return None

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "maxLength": self.maximum}
        if self.minimum:
            found["minLength"] = self.minimum
        found["pattern"] = r"^[^\x00]*$" if self.lines else r"^[^\x00-\x1f\x7f]*$"
        return described(found, self.about)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a string: a JSON number has been through somebody's binary fractions."""

    about: str = ""

    _form = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?")

    def read(self, value: object, at: str, faults: Faults) -> Decimal | None:
        if type(value) is not str:
            faults.append(Fault(at, must_be('a decimal number in a string, like "12.50"', value)))
        elif not self._form.fullmatch(value):
            faults.append(
                Fault(at, 'Must be like "12.50": up to ten digits, then up to two after the point.')
            )
        else:
            return Decimal(value)
        return None

    def schema(self) -> dict[str, Any]:
        found = {"type": "string", "pattern": f"^{self._form.pattern}$", "examples": ["12.50"]}
        return described(found, self.about)


@dataclass(frozen=True, slots=True)
class Flag:
    about: str = ""

    def read(self, value: object, at: str, faults: Faults) -> bool | None:
        if type(value) is not bool:
            faults.append(Fault(at, must_be("true or false", value)))
            return None
        return value

    def schema(self) -> dict[str, Any]:
        return described({"type": "boolean"}, self.about)


@dataclass(frozen=True, slots=True)
class Choice:
    values: Sequence[str]
    about: str = ""

    def read(self, value: object, at: str, faults: Faults) -> str | None:
        if type(value) is not str or value not in self.values:
            faults.append(Fault(at, "Must be one of " + ", ".join(self.values) + "."))
            return None
        return value

    def schema(self) -> dict[str, Any]:
        return described({"type": "string", "enum": list(self.values)}, self.about)


@dataclass(frozen=True, slots=True)
class ListOf:
    shape: Shape
    minimum: int
    maximum: int
    about: str = ""

    def read(self, value: object, at: str, faults: Faults) -> list[Any] | None:
        if type(value) is not list:
            faults.append(Fault(at, must_be("a list", value)))
        elif not self.minimum <= len(value) <= self.maximum:
            faults.append(
                Fault(at, f"Must have {self.minimum} to {self.maximum} entries, not {len(value)}.")
            )
        else:
            return [
                self.shape.read(entry, f"{at}[{index}]", faults)
                for index, entry in enumerate(value)
            ]
        return None

    def schema(self) -> dict[str, Any]:
        found = {
            "type": "array",
            "items": self.shape.schema(),
            "minItems": self.minimum,
            "maxItems": self.maximum,
        }
        return described(found, self.about)


@dataclass(frozen=True, slots=True)
class Object:
    """An object with these fields and no others."""

    fields: Mapping[str, Shape]
    required: Sequence[str] = ()
    at_least: int = 0  # so many fields, whichever
    about: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)

    def read(self, value: object, at: str, faults: Faults) -> dict[str, Any] | None:
        if type(value) is not dict:
            faults.append(Fault(at, must_be("an object", value)))
            return None
        inside = f"{at}." if at else ""
        found = {}
        for name, given in value.items():
            shape = self.fields.get(name)
            if shape is None:
                faults.append(Fault(inside + quoted(name), "There is no such field."))
            else:
                found[name] = shape.read(given, inside + name, faults)
        for name in self.required:
            if name not in value:
                faults.append(Fault(inside + name, "This field is required."))
        if len(value) < self.at_least:
            faults.append(Fault(at, "Name at least one of " + ", ".join(self.fields) + "."))
        return found

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "object",
            "properties": {name: shape.schema() for name, shape in self.fields.items()},
            "additionalProperties": False,
        }
        if self.required:
            found["required"] = list(self.required)
        if self.at_least:
            found["minProperties"] = self.at_least
        if self.example:
            found["examples"] = [dict(self.example)]
        return described(found, self.about)


@dataclass(frozen=True, slots=True)
class Either:
    """One of two objects: the first has the field ``by``, the second has not."""

    by: str
    first: Object
    second: Object

    def read(self, value: object, at: str, faults: Faults) -> dict[str, Any] | None:
        with_it = type(value) is dict and self.by in value
        return (self.first if with_it else self.second).read(value, at, faults)

    def schema(self) -> dict[str, Any]:
        return {"oneOf": [self.first.schema(), self.second.schema()]}


def quoted(name: str) -> str:
    """A name that somebody else chose, short and printable."""
    return ascii(name)[1:-1][:60]


def read(shape: Object, value: object) -> dict[str, Any]:
    """The value as the shape reads it. Raises ``InvalidRequestError`` with what is wrong."""
    faults = Faults()
    found = None
    with suppress(EnoughFaultsError):
        found = shape.read(value, "", faults)
    if faults or found is None:
        raise InvalidRequestError(faults)
    return found
