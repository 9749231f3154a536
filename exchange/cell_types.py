"""What a cell may hold: read strictly, with a sentence for what is wrong; shown so that it reads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import TextChoices

from common.clock import UnclearTimeError, moment_of
from common.names import clean_name, name_key
from events.models.moments import BOUNDS, OUTSIDE, is_storable
from exchange.numbers import AmbiguousNumberError, NotANumberError, read_number

# What a file's cell holds before it is read; a CSV file has text alone.
Raw = str | int | float | bool | datetime | date | time | timedelta | None
Value = Any
LARGEST = 2_147_483_647
LARGEST_AMOUNT = 10**10
LONGEST_EXCERPT = 60
# Beyond so many digits a spreadsheet puts zeros in place of what was typed.
EXACT_IN_SPREADSHEET = 10**15
# Coarser than what may be stored, so that reckoning with zones cannot overflow.
YEARS = (2000, 2100)


class BadCell(Exception):
    """Its text says what is wrong with the cell, and what would be right."""


class Percent(float):
    """A number that its cell shows as percent: 0.3 as 30%, and 1 as 100%."""

    def __str__(self) -> str:
        return f"{Decimal(repr(round(self * 100, 6))).normalize():f}%"


class Kind(Protocol):
    def read(self, raw: Raw, zone: ZoneInfo) -> Value:
        """The value of a cell that is not empty. Raises ``BadCell``."""

    def show(self, value: Value, zone: ZoneInfo) -> str | int | Decimal | None:
        """As the cell holds it in a file, and as a person reads it."""


def excerpt(raw: object) -> str:
    """A cell as a message quotes it."""
    text = str(raw).replace("\x00", "\ufffd")
    return f"“{text[:LONGEST_EXCERPT]}…”" if len(text) > LONGEST_EXCERPT else f"“{text}”"


def plain(raw: Raw) -> str:
    """A cell's text; a number as Excel shows it, a date as it is written here."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float) and raw.is_integer() and not isinstance(raw, Percent):
        return str(int(raw))
    # The edges are nobody's meaning. A tab is kept: it was guarded, or it is a mistake to see.
    return str(raw).strip(" \u00a0")


def number_of(raw: Raw, example: str) -> Decimal:
    """The number that a cell holds, which has one meaning. Raises ``BadCell``."""
    if isinstance(raw, bool | Percent):
        raise BadCell(f"{excerpt(plain(raw))} is {example}.")
    try:
        # A spreadsheet counts in binary: 1499.10 may arrive as 1499.1000000000001.
        return read_number(f"{round(raw, 6):f}" if isinstance(raw, float) else plain(raw))
    except NotANumberError:
        raise BadCell(f"{excerpt(raw)} is {example}.") from None
    except AmbiguousNumberError as error:
        raise BadCell(
            f"{excerpt(raw)} can be read as {error.grouped:f} and as {error.fraction:f}. Write "
            "the number without a separator of thousands."
        ) from None


def _not_text(raw: Raw) -> str:
    """What a spreadsheet has made of what was typed, where that is no text; else nothing."""
    match raw:
        case bool():
            return "yes or no"
        case datetime() | date():
            return "a date"
        case time() | timedelta():
            return "a time"
        case Percent():
            return "a percentage"
        case int() | float() if raw % 1 or abs(raw) >= EXACT_IN_SPREADSHEET:
            return "a number of which digits may be lost"
        case _text:
            return ""


@dataclass(frozen=True, slots=True)
class Text:
    """Text as text: a date or a number in its place is shown in one way and stored in another."""

    def read(self, raw: Raw, zone: ZoneInfo) -> str:
        if kind := _not_text(raw):
            raise BadCell(
                f"The cell holds {kind} ({excerpt(raw)}), and not text. Format the cell as text, "
                "and type what is meant."
            )
        text = plain(raw)
        if "\x00" in text:
            raise BadCell(f"{excerpt(text)} holds a NUL character.")
        return text

    def show(self, value: Value, zone: ZoneInfo) -> str:
        return str(value or "")


@dataclass(frozen=True, slots=True)
class Name(Text):
    """A name in its one form, however it stands in the file."""

    def read(self, raw: Raw, zone: ZoneInfo) -> str:
        return named(Text.read(self, raw, zone))


def named(text: str) -> str:
    """The one form of a name. Raises ``BadCell`` for what holds a character that nobody sees."""
    try:
        return clean_name(text)
    except ValidationError as error:
        raise BadCell(" ".join(error.messages)) from error


@dataclass(frozen=True, slots=True)
class Whole:
    minimum: int = 0
    maximum: int = LARGEST

    def read(self, raw: Raw, zone: ZoneInfo) -> int:
        amount = number_of(raw, "no whole number such as 250")
        if amount % 1:
            raise BadCell(f"{excerpt(raw)} is no whole number such as 250.")
        number = int(amount)
        if not self.minimum <= number <= self.maximum:
            raise BadCell(f"{number} is not between {self.minimum} and {self.maximum}.")
        return number

    def show(self, value: Value, zone: ZoneInfo) -> int | None:
        return None if value is None else int(value)


@dataclass(frozen=True, slots=True)
class Money:
    def read(self, raw: Raw, zone: ZoneInfo) -> Decimal:
        amount = number_of(raw, "no amount such as 1499.50")
        if abs(amount) >= LARGEST_AMOUNT:
            raise BadCell(f"{excerpt(raw)} is no amount such as 1499.50.")
        rounded = amount.quantize(Decimal("0.01"))
        if rounded != amount:
            raise BadCell(f"{excerpt(raw)} has more than two decimals.")
        if amount < 0:
            raise BadCell(f"{rounded:f} is negative.")
        return rounded

    def show(self, value: Value, zone: ZoneInfo) -> Decimal | None:
        return None if value is None else Decimal(value)


def _placed(raw: Raw, local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time; of an hour that the clocks show twice an offset says which."""
    try:
        return moment_of(local, zone)
    except UnclearTimeError as error:
        if error.is_skipped:
            raise BadCell(f"{excerpt(raw)}, {zone.key}: {error.message}") from error
        first, second = (
            local.replace(tzinfo=zone, fold=fold).isoformat(sep=" ", timespec="minutes")
            for fold in (0, 1)
        )
        raise BadCell(
            f"{excerpt(raw)} is shown twice by the venue's clock ({zone.key}). Write as text which is "
            f"meant: {first} or {second}."
        ) from error


_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time on the venue's clock."""

    def read(self, raw: Raw, zone: ZoneInfo) -> datetime:
        local = self._local(raw)
        if not YEARS[0] <= local.year <= YEARS[1]:
            raise BadCell(str(OUTSIDE % BOUNDS))
        if local.tzinfo is None:
            local = _placed(raw, local, zone)
        moment = local.astimezone(UTC)
        if not is_storable(moment):
            raise BadCell(str(OUTSIDE % BOUNDS))
        return moment

    def _local(self, raw: Raw) -> datetime:
        if isinstance(raw, datetime):
            # Excel counts in fractions of a day and misses the second by a hair.
            late = raw.year > YEARS[1]
            return raw if late else (raw + timedelta(milliseconds=500)).replace(microsecond=0)
        if isinstance(raw, date):
            return datetime.combine(raw, time.min)
        text = plain(raw)
        if _MOMENT.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        raise BadCell(f"{excerpt(raw)} is no date and time such as 2026-12-05 19:30.")

    def show(self, value: Value, zone: ZoneInfo) -> str:
        if value is None:
            return ""
        local = value.astimezone(zone)
        exact = "auto" if local.second or local.microsecond else "minutes"
        text = local.replace(tzinfo=None).isoformat(sep=" ", timespec=exact)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        # An hour that the clock shows twice: the offset says which of the two.
        return f"{text}{local.isoformat()[-6:]}" if twice else text


@dataclass(frozen=True, slots=True)
class ClockTime:
    def read(self, raw: Raw, zone: ZoneInfo) -> time:
        if isinstance(raw, datetime):
            return raw.time()
        if isinstance(raw, time):
            return raw
        text = plain(raw)
        if re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text, re.ASCII):
            hours, *rest = text.split(":")
            return time.fromisoformat(":".join((hours.zfill(2), *rest)))
        raise BadCell(f"{excerpt(raw)} is no time such as 10:00.")

    def show(self, value: Value, zone: ZoneInfo) -> str:
        if value is None:
            return ""
        return str(value.isoformat("auto" if value.second or value.microsecond else "minutes"))


@dataclass(frozen=True, slots=True)
class YesNo:
    def read(self, raw: Raw, zone: ZoneInfo) -> bool:
        text = plain(raw).lower()
        if text in {"yes", "y", "true", "on", "1"}:
            return True
        if text in {"no", "n", "false", "off", "0"}:
            return False
        raise BadCell(f"{excerpt(raw)} is neither yes nor no.")

    def show(self, value: Value, zone: ZoneInfo) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Choice:
    choices: type[TextChoices]

    def read(self, raw: Raw, zone: ZoneInfo) -> str:
        text = plain(raw).casefold()
        for choice in self.choices:
            if text in {choice.value.casefold(), str(choice.label).casefold()}:
                return choice.value
        known = ", ".join(choice.value for choice in self.choices)
        raise BadCell(f"{excerpt(raw)} is none of: {known}.")

    def show(self, value: Value, zone: ZoneInfo) -> str:
        return str(value or "")


_PART = re.compile(r'\s*("(?:[^"]|"")*"|[^":+]+)\s*(?::\s*([0-9]{1,9})\s*)?', re.ASCII)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one of an item takes: ``General admission:1 + Car park:1``.

    A name with a colon, a plus or a quotation mark stands in quotation marks.
    """

    def read(self, raw: Raw, zone: ZoneInfo) -> dict[str, int]:
        text, at = Text().read(raw, zone), 0
        units_by_pool: dict[str, int] = {}
        while True:
            part = _PART.match(text, at)
            # The rest has to be another part.
            if part is None or (part.end() < len(text) and text[part.end()] != "+"):
                raise BadCell(f"{excerpt(text)} does not read like “General admission:1 + Park:2”.")
            quoted = part[1].startswith('"')
            name = named(part[1][1:-1].replace('""', '"') if quoted else part[1])
            if name_key(name) in map(name_key, units_by_pool):
                raise BadCell(f"The pool {excerpt(name)} stands there twice.")
            units_by_pool[name] = int(part[2] or 1)
            if part.end() >= len(text):
                return units_by_pool
            at = part.end() + 1

    def show(self, value: Value, zone: ZoneInfo) -> str:
        return " + ".join(f"{_quoted(name)}:{units}" for name, units in _pairs(value))


def _pairs(value: Value) -> Iterable[tuple[str, int]]:
    return value.items() if isinstance(value, dict) else ()


def _quoted(name: str) -> str:
    plain_name = name == name.strip() and not set(name) & set('":+')
    return name if plain_name else '"' + name.replace('"', '""') + '"'
