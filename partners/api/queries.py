"""Query parameters: each is said once, read strictly, and shown in the OpenAPI schema."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from common.spoken_number import row_of
from partners.api.problems import Fault, InvalidRequestError
from partners.api.shapes import EnoughFaultsError, Faults, Text, Whole, quoted

# Beyond these years nothing is ever on sale, and arithmetic with zones would leave the calendar.
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)

# RFC 3339. Python reads more than that, such as any character between the date and the time.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Parameter(Protocol):
    @property
    def about(self) -> str: ...

    def parse(self, text: str, at: str, faults: Faults) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Number:
    shape: Whole

    @property
    def about(self) -> str:
        return self.shape.about

    def parse(self, text: str, at: str, faults: Faults) -> int | None:
        if not re.fullmatch(r"-?[0-9]{1,30}", text):
            faults.append(Fault(at, "Must be a whole number."))
            return None
        return self.shape.read(int(text), at, faults)

    def schema(self) -> dict[str, Any]:
        return self.shape.schema()


@dataclass(frozen=True, slots=True)
class Words:
    shape: Text

    @property
    def about(self) -> str:
        return self.shape.about

    def parse(self, text: str, at: str, faults: Faults) -> str | None:
        return self.shape.read(text, at, faults)

    def schema(self) -> dict[str, Any]:
        return self.shape.schema()


@dataclass(frozen=True, slots=True)
class OneOf:
    choices: Sequence[str]
    about: str = ""

    def parse(self, text: str, at: str, faults: Faults) -> str | None:
        if text not in self.choices:
            faults.append(Fault(at, "Must be one of " + ", ".join(self.choices) + "."))
            return None
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Moment:
    about: str = ""

    def parse(self, text: str, at: str, faults: Faults) -> datetime | None:
        try:
            found = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None:
            faults.append(
                Fault(at, "Must be a moment with an offset, like 2026-10-05T19:00:00Z (+ is %2B).")
            )
            return None
        day = min(max(found.date(), EARLIEST), LATEST)
        if day != found.date():
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        return found.astimezone(UTC)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """The row that a short number names."""

    about: str = ""

    def parse(self, text: str, at: str, faults: Faults) -> int | None:
        found = row_of(text)
        if found is None:
            faults.append(Fault(at, "Must be a number like 7KQM-3X9F, without a mistake."))
        return found

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "example": "7KQM-3X9F"}


@dataclass(frozen=True, slots=True)
class Day:
    about: str = ""

    def parse(self, text: str, at: str, faults: Faults) -> date | None:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            try:
                return min(max(date.fromisoformat(text), EARLIEST), LATEST)
            except ValueError:
                pass
        faults.append(Fault(at, "Must be a date, like 2026-10-05."))
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters that a call takes; ``None`` stands for one that was not given."""

    parameters: Mapping[str, Parameter]
    required: Sequence[str] = ()

    def read(self, given: QueryDict) -> dict[str, Any]:
        """Raises ``InvalidRequestError`` with what is wrong."""
        faults = Faults()
        found: dict[str, Any] = dict.fromkeys(self.parameters)
        with suppress(EnoughFaultsError):
            self._read(given, found, faults)
        if faults:
            raise InvalidRequestError(faults)
        return found

    def _read(self, given: QueryDict, found: dict[str, Any], faults: Faults) -> None:
        for name, values in given.lists():
            parameter = self.parameters.get(name)
            if parameter is None:
                faults.append(Fault(quoted(name), "There is no such parameter."))
            elif len(values) > 1:
                faults.append(Fault(name, "Is given more than once."))
            else:
                found[name] = parameter.parse(values[0], name, faults)
        for name in self.required:
            if name not in given:
                faults.append(Fault(name, "Is required."))

    def openapi(self) -> list[OpenApiParameter]:
        return [
            OpenApiParameter(
                name,
                # Described beside the schema, as parameters are.
                {k: v for k, v in parameter.schema().items() if k != "description"},
                OpenApiParameter.QUERY,
                required=name in self.required,
                description=parameter.about,
            )
            for name, parameter in self.parameters.items()
        ]
