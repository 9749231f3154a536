"""What a sheet consists of, how its rows are planned, and how a plan is carried out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import ForeignKey, Model, QuerySet

from accounts.models import User
from common.actor import Actor
from common.history import create_because, save_because, update_because
from exchange.cell_types import Kind, Raw, Value

if TYPE_CHECKING:
    from exchange.references import References

RESIZE = "allocations.resize_stock"
RESIZED = frozenset({"capacity", "limit"})
# What the dry run says of a new row's cells that are empty or left out.
EMPTY_MEANS = {
    "limit": "none",
    "price_floor": "none",
    "price_ceiling": "none",
    "sales_from": "at once",
    "sales_until": "to the end",
}
# A row's natural key.
Key = tuple[Any, ...]


class Wrong(Exception):
    """A row that cannot be taken: the column, if one is to blame, and a sentence."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Column:
    """``path`` leads from the object to the value.

    ``field`` is the model's field that the column sets; a column without one identifies the row,
    is set by a service (the table says how), or is ``counted``: shown, and not to be changed.
    """

    name: str
    kind: Kind
    path: str
    help: str
    field: str = ""
    required: bool = False
    counted: bool = False
    new_value: Value = None  # of a counted column, while there is no object yet

    def of(self, target: Any) -> Value:
        """The value; ``None`` where the way there is interrupted."""
        try:
            return attrgetter(self.path)(target)
        except AttributeError:
            return None

    def show(self, target: Any, zone: ZoneInfo) -> Any:
        return self.kind.show(self.of(target), zone)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file as it was read: its cells by column; ``is_bad`` if one cannot be."""

    number: int
    cells: Mapping[str, Raw]
    is_bad: bool = False


@dataclass(slots=True)
class RowChange:
    """What becomes of a row. ``to_settle`` is what a service is to do once the set-up stands."""

    table: "Table"
    row: Row
    target: Any
    is_new: bool
    values: Mapping[str, Value]
    key: Key = ()
    fields: list[str] = field(default_factory=list)
    to_settle: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return not self.is_new and bool(self.fields or self.to_settle)

    def ask(self, column: str, before: object, after: object, value: Any) -> None:
        self.to_settle[column] = value
        if not self.is_new:
            self.changes.append((column, shown(before), shown(after)))


class Why(NamedTuple):
    """Who imports, and what for."""

    by: Actor
    reason: str


def shown(value: object) -> str:
    return "–" if value in (None, "") else str(value)


class Table(ABC):
    """A sheet: its columns, and how its rows become objects.

    Subclasses say how a row is identified, what else must hold, and what a new object needs.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[type[Model]]
    columns: ClassVar[tuple[Column, ...]]
    venue_path: ClassVar[str]
    # One after another, in the order of the file; a table that writes in bulk takes more at once.
    chunk: ClassVar[int] = 1
    # Which related rows are written for an object; none: itself, once.
    written: ClassVar[tuple[str, ...]] = ()
    # The columns that name what several rows make together, if they do.
    whole: ClassVar[tuple[str, ...]] = ()
    # Of the columns that identify a row, those that the dry run shows of a new one.
    told_when_new: ClassVar[frozenset[str]] = frozenset()
    # Set from other columns, or by services: not for the form-like validation of a row.
    unchecked: ClassVar[frozenset[str]] = frozenset()

    @property
    def required(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.required)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def permission(self, verb: str) -> str:
        opts = self.model._meta
        return f"{opts.app_label}.{verb}_{opts.model_name}"

    @property
    def page_model(self) -> type[Model]:
        """Of the objects whose pages a run links."""
        return self.model

    # --- Out ------------------------------------------------------------------------------

    @abstractmethod
    def queryset(self) -> QuerySet[Any]:
        """All rows, with whatever the columns need read along, in the order of a file."""

    def zone(self, target: Any) -> ZoneInfo:
        zone: ZoneInfo = attrgetter(f"{self.venue_path.replace('__', '.')}.zone")(target)
        return zone

    def rows(self, target: Any) -> Iterator[list[Any]]:
        """What stands in a file for an object of ``queryset``."""
        yield self.show(target)

    def show(self, target: Any) -> list[Any]:
        zone = self.zone(target)
        return [column.show(target, zone) for column in self.columns]

    # --- In: what the file means ----------------------------------------------------------

    @abstractmethod
    def load(self, rows: Sequence[Mapping[str, Value]], references: "References") -> None:
        """Read at once what the rows name."""

    @abstractmethod
    def identify(self, values: Mapping[str, Value], references: "References") -> tuple[Key, Any]:
        """The row's natural key, and the object if there is one. Raises ``Wrong``."""

    @abstractmethod
    def make(self, values: Mapping[str, Value], references: "References") -> Any:
        """A new object, unsaved, with what identifies it. Raises ``Wrong``."""

    @abstractmethod
    def keep(self, key: Key, target: Any, references: "References") -> None:
        """Let later rows find a new object."""

    def complete(self, planned: RowChange, references: "References") -> None:
        """Set what no single field is: related objects, quantities; most tables have none. Raises ``Wrong``."""
        del planned, references

    def rules(self, target: Any) -> Iterator[tuple[str, str]]:
        """What is wrong with the values together: column and sentence."""
        yield from ()

    def check_all(
        self, plans: Sequence[RowChange], references: "References"
    ) -> Iterator[tuple[Row, Wrong]]:
        """What can be told of all rows at once only, in few statements.

        Without the rows of a ``whole`` of which one cannot be read.
        """
        yield from ()

    def check_last(
        self, plans: Sequence[RowChange], references: "References"
    ) -> Iterator[tuple[Row, Wrong]]:
        """The same of what rests on later sheets, once all of them are read."""
        yield from ()

    def at_once(
        self, plans: Sequence[RowChange], references: "References", now: datetime
    ) -> Iterator[str]:
        """What the rows set off in the second of the import, in sentences."""
        yield from ()

    def plan(
        self, row: Row, values: Mapping[str, Value], references: "References", user: User
    ) -> tuple[Key, RowChange, list[Wrong]]:
        """What the row asks for, and what is wrong with it. Raises ``Wrong``."""
        key, target = self.identify(values, references)
        is_new = target is None
        if is_new:
            self._may(user, "add")
            target = self.make(values, references)
        planned = RowChange(self, row, target, is_new, values, key)
        problems = list(self._counted(planned))
        self._set(planned)
        self.complete(planned, references)
        if not is_new and planned.is_changed:
            self._may(user, "change")
        if RESIZED & planned.to_settle.keys() and not user.has_perm(RESIZE):
            column = min(RESIZED & planned.to_settle.keys())
            if not (is_new and column == "capacity"):
                raise Wrong(column, "You may not change capacities and limits.")
        if is_new or planned.is_changed:
            problems += self._validate(planned)
        return key, planned, problems

    def values_of_new(self, planned: RowChange) -> Iterator[tuple[str, str, str]]:
        """What a new row would hold, as a change from nothing: each cell as it was read.

        What decides how many are sold, when and for how much is there also where the file leaves
        it out.
        """
        zone = self.zone(planned.target)
        for column in self.columns:
            is_identity = column.required and column.name not in self.told_when_new
            if is_identity or column.counted:
                continue
            value = planned.values.get(column.name)
            if value is not None:
                yield column.name, "", str(column.kind.show(value, zone))
            elif column.name in EMPTY_MEANS:
                yield column.name, "", EMPTY_MEANS[column.name]

    def _may(self, user: User, verb: str) -> None:
        if not user.has_perm(self.permission(verb)):
            raise Wrong("", f"You may not {verb} {self.title.lower()}.")

    def _counted(self, planned: RowChange) -> Iterator[Wrong]:
        for column in self.columns:
            if not column.counted or column.name not in planned.values:
                continue
            now = column.new_value if planned.is_new else column.of(planned.target)
            value = planned.values[column.name]
            if (value or None) != (now or None):
                yield Wrong(
                    column.name,
                    f"An import does not change {column.name}: it is {shown(now)} now, not "
                    f"{shown(value)}. Leave it as it is, or leave the column out.",
                )

    def _set(self, planned: RowChange) -> None:
        zone: ZoneInfo | None = None
        for column in self.columns:
            if not column.field or column.name not in planned.values:
                continue
            value = planned.values[column.name]
            model_field: Any = self.model._meta.get_field(column.field)
            if value is None and not model_field.null:
                if not model_field.empty_strings_allowed or not model_field.blank:
                    continue  # an empty cell leaves alone what cannot be empty
                value = ""
            before = getattr(planned.target, column.field)
            if before == value:
                continue
            setattr(planned.target, column.field, value)
            if not planned.is_new:
                zone = zone or self.zone(planned.target)
                old, new = column.kind.show(before, zone), column.kind.show(value, zone)
                planned.fields.append(column.field)
                planned.changes.append((column.name, shown(old), shown(new)))

    def _validate(self, planned: RowChange) -> Iterator[Wrong]:
        """As ``full_clean``, but for what asks the database: the references know that."""
        columns: set[str] = set()
        for check in (partial(self._clean_fields, planned), planned.target.clean):
            try:
                check()
            except ValidationError as error:
                for name, messages in error.message_dict.items():
                    column = self._column_of(name)
                    columns.add(column)
                    yield Wrong(column, " ".join(messages))
        for column, message in self.rules(planned.target):
            if column not in columns:
                yield Wrong(column, message)

    def _clean_fields(self, planned: RowChange) -> None:
        foreign = {
            model_field.name
            for model_field in self.model._meta.get_fields()
            if isinstance(model_field, ForeignKey)
        }
        planned.target.clean_fields(exclude=foreign | self.unchecked)

    def _column_of(self, field_name: str) -> str:
        if field_name == NON_FIELD_ERRORS:
            return ""
        return next(
            (column.name for column in self.columns if field_name in {column.field, column.path}),
            field_name,
        )

    # --- In: doing it ---------------------------------------------------------------------

    def apply(self, plans: Sequence[RowChange], why: Why) -> None:
        """Write the set-up of rows that are new or changed; of new ones, all that they ask."""
        for planned in plans:
            save(planned, why)

    def settle(self, planned: RowChange, why: Why) -> None:
        """Do what is asked of an object that others may sell from, once all set-up is written."""
        del planned, why


def save(planned: RowChange, why: Why) -> None:
    """Write the fields that changed, or the whole of what is new, with its history record."""
    if planned.is_new:
        save_because(planned.target, why.reason, by=why.by)
    elif planned.fields:
        save_because(planned.target, why.reason, by=why.by, fields=tuple(planned.fields))


def save_all(plans: Sequence[RowChange], why: Why) -> None:
    """As ``save`` for many rows of one model, in as few statements as for one.

    Those that change come first: they may give up what a new one takes.
    """
    alike: dict[tuple[str, ...], list[Any]] = {}
    for planned in plans:
        if planned.fields and not planned.is_new:
            alike.setdefault(tuple(planned.fields), []).append(planned.target)
    for names, targets in alike.items():
        update_because(targets, why.reason, by=why.by, fields=names)
    new = [planned.target for planned in plans if planned.is_new]
    create_because(new, why.reason, by=why.by)


def in_order(target: Any, first: str, second: str, message: str) -> Iterator[tuple[str, str]]:
    """That one moment comes before another, where both are set."""
    start, end = getattr(target, first), getattr(target, second)
    if start is not None and end is not None and end <= start:
        yield second, message
