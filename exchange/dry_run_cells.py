"""What the cells of an allocation plan hold: parts, rules of time, and where a channel draws."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from allocations.enums import Draws
from allocations.models.plan import LONGEST_HOURS
from allocations.plans.notation import AT, Rule, Words, told
from allocations.plans.spec import Guarantee
from allocations.services import LARGEST_CAPACITY
from exchange.cell_types import (
    BadCell,
    Moment,
    Percent,
    Raw,
    Text,
    Value,
    excerpt,
    named,
    number_of,
    plain,
)

# Percent sign and number, of any script.
_PERCENT = re.compile(r"(?P<number>.*\d)\s*[%\u066a\uff05]", re.DOTALL)


class Share(NamedTuple):
    """A number of units, or percent of the capacity."""

    units: int | None
    percent: Decimal | None

    @classmethod
    def of(cls, part: Guarantee) -> "Share":
        return cls(part.units, part.percent)


@dataclass(frozen=True, slots=True)
class ShareCell:
    """``120`` or ``30%``."""

    def read(self, raw: Raw, zone: ZoneInfo) -> Share:
        if isinstance(raw, float) and 0 < raw < 1 and not isinstance(raw, Percent):
            # As Excel stores 30% in a cell that is not formatted so; nobody could tell 1 from 100%.
            raise BadCell(
                f"{excerpt(raw)} is no number of units. Write percent as text, with its sign: "
                "format the cell as text and type 30%."
            )
        if match := _PERCENT.fullmatch(plain(raw)):
            return Share(None, _percent(raw, match["number"]))
        units = number_of(raw, "neither a number of units such as 120 nor like 30%")
        if units % 1:
            raise BadCell(f"{excerpt(raw)} is neither a number of units such as 120 nor like 30%.")
        if not 0 <= units <= LARGEST_CAPACITY:
            raise BadCell(f"{units:f} is not between 0 and {LARGEST_CAPACITY}.")
        return Share(int(units), None)

    def show(self, value: Value, zone: ZoneInfo) -> str | int | None:
        if value is None:
            return None
        if value.percent is None:
            return int(value.units)
        return f"{_short(value.percent)}%"


def _percent(raw: Raw, text: str) -> Decimal:
    percent = number_of(text, "no percentage such as 30%")
    if not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        raise BadCell(f"{excerpt(raw)} is not between 0% and 100%.")
    if percent != round(percent, 2):
        raise BadCell(f"{excerpt(raw)} has more than two decimals.")
    return percent


def _short(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class RuleCell:
    """When something begins or ends, in one of the forms that ``words`` has."""

    words: Words

    def read(self, raw: Raw, zone: ZoneInfo) -> Rule:
        text = " ".join(plain(raw).lower().split())
        for how, form in self.words.items():
            pattern = re.escape(form).replace(r"\{at\}", "(?P<at>.+)")
            pattern = pattern.replace(r"\{hours\}h", r"(?P<hours>[0-9]{1,9}) ?h")
            match = re.fullmatch(pattern, text, re.ASCII)
            if match is None:
                continue
            named: Mapping[str, str] = match.groupdict()
            if how == AT:
                return Rule(how, at=Moment().read(named["at"].upper(), zone))
            if "hours" in named:
                return Rule(how, hours=_hours(named["hours"]))
            return Rule(how)
        forms = ", ".join(
            f"“{form.format(at='2030-11-01 10:00', hours=48)}”" for form in self.words.values()
        )
        raise BadCell(f"{excerpt(raw)} is none of {forms}.")

    def show(self, value: Value, zone: ZoneInfo) -> str:
        if value is None:
            return ""
        return told(value, self.words, lambda moment: Moment().show(moment, zone))


def _hours(text: str) -> int:
    hours = int(text)
    if hours > LONGEST_HOURS:
        raise BadCell(f"{hours} hours are not between 0 and {LONGEST_HOURS}.")
    return hours


class Source(NamedTuple):
    """Where a channel draws; ``group`` is the name of the common stock, of a group alone."""

    draws: Draws
    group: str = ""


@dataclass(frozen=True, slots=True)
class NameCell:
    """A group's name; one that begins with a quotation mark stands in such."""

    def read(self, raw: Raw, zone: ZoneInfo) -> str:
        return named(_unquoted(Text().read(raw, zone)))

    def show(self, value: Value, zone: ZoneInfo) -> str:
        return "" if value is None else _quoted(value)


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if is_quoted else text


def _quoted(name: str, *, taken: Container[str] = ()) -> str:
    plain_name = name == plain(name) and name[:1] != '"' and name.casefold() not in taken
    return name if plain_name else '"' + name.replace('"', '""') + '"'


NOWHERE, GENERAL = "nowhere", "general"
_WORDS = {NOWHERE: Draws.NONE, GENERAL: Draws.GENERAL}


@dataclass(frozen=True, slots=True)
class SourceCell:
    """``nowhere``, ``general``, or a group's name; one that reads like these in quotation marks."""

    def read(self, raw: Raw, zone: ZoneInfo) -> Source:
        text = Text().read(raw, zone)
        if (draws := _WORDS.get(text.casefold())) is not None:
            return Source(draws)
        return Source(Draws.GROUP, named(_unquoted(text)))

    def show(self, value: Value, zone: ZoneInfo) -> str:
        if value is None:
            return ""
        if value.draws != Draws.GROUP:
            return next(word for word, draws in _WORDS.items() if draws == value.draws)
        return _quoted(value.group, taken=_WORDS)
