"""What every kind of alert says of itself: how often it is evaluated, by which statement, in which words.

Nothing here, or in the modules of the kinds, imports the models of alerts when it is loaded: the models
read the kinds for their constraints.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q

from alerts.enums import Kind, Measure
from alerts.evaluation.readings import Reading, read, worth_reading

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from alerts.models import Alert, AlertRule

HERE = Path(__file__).parent


class Cadence(Enum):
    """How often a kind is evaluated; the seconds stand in ``finlo_inventory/schedule.py``."""

    STOCK_MOVED = "for an event on sale, as soon as its stock has moved and once a minute"
    STOCK_BY_MINUTE = "for an event on sale, once a minute"
    SECONDS = "for all venues, every few seconds"
    MINUTE = "for all venues, once a minute and apart from the others"


OF_STOCK = frozenset({Cadence.STOCK_MOVED, Cadence.STOCK_BY_MINUTE})


@dataclass(frozen=True, slots=True)
class RuleConstraint:
    """What the database demands of a kind's rules, with the form's field and words for a rule that breaks it."""

    name: str
    condition: Q
    field: str
    message: "StrOrPromise"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two channels compared: how many percent of its own part it has sold, and the threshold for that."""

    channel: str
    share: float
    threshold: float


@dataclass(frozen=True, slots=True)
class SoldByHour:
    """Charted: what the alert's pool and channel have sold in each of the last 24 hours."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Charted: bars of a whole. ``bars`` are label, text and percent."""

    title: str
    bars: tuple[tuple[str, str, float], ...]


class AlertKind(ABC):
    """A kind of alert. Subclasses are the modules of this package; ``KINDS`` lists them.

    ``required_fields`` are columns of a rule that this kind needs and a kind without them leaves empty;
    ``optional_fields`` are further fields that the form shows for it, ``field_conditions`` those of them that
    it has only for some values of another field. ``initial`` and ``help_texts`` are for the form.
    """

    kind: ClassVar[Kind]
    cadence: ClassVar[Cadence]
    # What the number in a rule's threshold means, below its field.
    threshold_help: ClassVar["StrOrPromise"]
    required_fields: ClassVar[tuple[str, ...]] = ()
    optional_fields: ClassVar[tuple[str, ...]] = ()
    field_conditions: ClassVar[Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
    initial: ClassVar[Mapping[str, Any]] = {}
    help_texts: ClassVar[Mapping[str, "StrOrPromise"]] = {}
    # Which of its rules have a threshold in percent of a whole, as a filter; None: none has.
    percent_rules: ClassVar[Mapping[str, str] | None] = None
    constraint: ClassVar[RuleConstraint | None] = None
    # Concerns the whole system: its rules belong to no venue.
    is_of_the_system: ClassVar[bool] = False
    # Whether the page of an alert draws what was seen beside the threshold.
    has_picture: ClassVar[bool] = True

    # --- Evaluation -----------------------------------------------------------------------

    @cached_property
    def statement(self) -> str:
        """The SQL beside the module."""
        return (HERE / f"{self.kind.lower()}.sql").read_text()

    def refresh(self, now: datetime, events: Sequence[int]) -> None:
        """Write what the readings of these events rest on, before they are read."""
        del now, events

    def readings(self, now: datetime, events: Sequence[int] = ()) -> Iterable[Reading]:
        """What holds or stands now; of a kind that is of stock, for these events."""
        return read(worth_reading(self.statement), now=now, events=list(events))

    # --- The words of an alert ------------------------------------------------------------

    @abstractmethod
    def title(self, alert: "Alert") -> str:
        """What is wrong, in a line without the event."""

    @abstractmethod
    def reason(self, alert: "Alert") -> str:
        """By which numbers it was found."""

    @abstractmethod
    def measure(self, alert: "Alert") -> Measure:
        """In what the alert's numbers are measured."""

    def sides(self, alert: "Alert") -> tuple[Side, ...]:
        """The two channels that the alert compares, the faster first; empty where it compares none."""
        del alert
        return ()

    def chart(self, alert: "Alert") -> SoldByHour | Shares | None:
        """What a message shows beside its words."""
        del alert
        return None

    # --- The words of a rule --------------------------------------------------------------

    @abstractmethod
    def condition(self, rule: "AlertRule") -> str:
        """What follows "an alert begins": ``below 10 % of what a channel can sell of a pool``."""

    def end(self, rule: "AlertRule") -> str:
        """What follows "and ends"; empty where that goes without saying."""
        del rule
        return ""

    def notes(self, rule: "AlertRule") -> list[str]:
        """Further sentences of when it begins."""
        del rule
        return []

    # --- The fields of a rule -------------------------------------------------------------

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.required_fields, *self.optional_fields)

    @property
    def is_of_stock(self) -> bool:
        """Judged from an event's stock: an event may have rules of its own for it."""
        return self.cadence in OF_STOCK

    @property
    def is_for_partners(self) -> bool:
        """About one channel alone: its partner may be told, and learns nothing of others."""
        return "tells_partner" in self.fields

    def has(self, field: str, values: Mapping[str, Any]) -> bool:
        """Whether a rule of this kind has the field, with these values in others; None is not known yet."""
        conditions = self.field_conditions.get(field, {})
        return field in self.fields and all(
            values.get(other) in (*allowed, None) for other, allowed in conditions.items()
        )

    def errors(self, rule: "AlertRule") -> "dict[str, StrOrPromise]":
        """What is wrong between the rule's own fields, field → message."""
        del rule
        return {}
