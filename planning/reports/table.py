"""What every report answers: a table, its totals and a picture. Screens, files and mails show the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

Value = str | int | Decimal | date | datetime | None
Row = tuple[Value, ...]


class Shown(StrEnum):
    """How the values of a column are shown."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"


class Column(NamedTuple):
    title: str
    shown: Shown = Shown.TEXT

    @property
    def is_number(self) -> bool:
        return self.shown in {Shown.NUMBER, Shown.MONEY, Shown.PERCENT}


class Band(NamedTuple):
    """One of the things that are counted in a picture; ``pattern`` names how it is filled."""

    pattern: str
    label: str


class Step(NamedTuple):
    """A place on the picture's axis: its words, the shorter ones below the axis, and the count of each band."""

    title: str
    mark: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Columns of stacked counts, or a curve for each band; ``None`` where a curve has ended."""

    bands: tuple[Band, ...]
    steps: tuple[Step, ...]
    has_curves: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``totals`` have the columns of the rows: one row for each currency. ``note`` says what is counted."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    totals: Sequence[Row] = ()
    picture: Picture | None = None
    note: str = ""
    about: str = ""  # of which event it is, where it is of one
    money_column: int | None = field(default=None)
