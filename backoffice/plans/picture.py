"""What the plan editor shows of a plan: each part with what becomes of it, totals and bars."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.utils.translation import gettext as _t

from allocations.enums import StockKind
from allocations.models import SalesChannel, Stock
from allocations.plans.outcome import Change, Outcome
from allocations.plans.spec import PlanSpec
from allocations.plans.windows import drawing_windows
from allocations.setup import Window
from backoffice.plans.bar import Bar, Key, bar_of, in_order, key_of, marks_of
from backoffice.plans.forms import GroupForm, GuaranteeForm, LineForm, PlanForm
from backoffice.plans.shown import Rule, closing, opening, released, use_words
from events.models import Pool


@dataclass(frozen=True)
class Part:
    """A line or a group: what was typed, and what would come of it."""

    form: LineForm | GroupForm
    key: Key
    mark: str
    channel: SalesChannel | None
    change: Change | None
    opens: Rule | None = None
    closes: Rule | None = None
    releases: Rule | None = None
    may_go: bool = False

    @property
    def used(self) -> str:
        return use_words(self.change) if self.change else ""

    @property
    def is_rounded(self) -> bool:
        change = self.change
        return change is not None and change.exact != change.guaranteed and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether its units have gone back already."""
        return self.change is not None and self.change.is_over and self.change.exact > 0


@dataclass(frozen=True)
class Totals:
    """What the parts add up to: channels' + groups' + open = capacity, unless it is too many."""

    capacity: int
    channels: int
    groups: int
    open: int
    drawn: int  # of the open stock, by channels
    too_many: int

    @classmethod
    def of(cls, outcome: Outcome, capacity: int) -> Self:
        """Every unit is counted once: as its channel's own, or with the row that it is drawn from."""
        *parts, general = outcome.changes
        drawn: Counter[int] = Counter()
        own = 0
        for part in (part for part in parts if part.row.kind == StockKind.CHANNEL):
            if (source := part.place.terms.draws_on_id) is None:
                own += part.place.quantity
            else:
                own += part.place.quantity - part.place.drawn
                drawn[source] += part.place.drawn
        groups = [part for part in parts if part.row.kind == StockKind.OPEN]
        units = sum(part.place.quantity for part in parts)
        return cls(
            capacity=capacity,
            channels=own,
            groups=sum(part.place.quantity + drawn[part.row.pk] for part in groups),
            open=general.place.quantity + drawn[general.row.pk],
            drawn=drawn[general.row.pk],
            too_many=max(0, units - capacity),
        )


class Picture:
    """Of a form and what it would do. Without an outcome only what there is now."""

    def __init__(
        self,
        form: PlanForm,
        spec: PlanSpec | None,
        outcome: Outcome | None,
        *,
        pool: Pool,
        rows: Sequence[Stock],
        channels: Sequence[SalesChannel],
    ) -> None:
        self.form, self.pool = form, pool
        self.outcome = outcome if outcome and outcome.changes else None
        self.spec = spec if spec and self.outcome else PlanSpec()
        self.changes: dict[Key, Change] = {
            key_of(change.row): change for change in (self.outcome.changes if self.outcome else ())
        }
        all_rows = [change.row for change in self.changes.values()] or self._added(rows)
        self.rows = in_order(all_rows, channels)
        self.killed = sum(row.quantity for row in rows if row.kind == StockKind.KILLED)
        self.marks = marks_of(self.rows)

    def _added(self, rows: Sequence[Stock]) -> list[Stock]:
        """The pool's rows, and empty ones for the channels that the form adds."""
        present = {row.channel_id for row in rows}
        new = (line.channel for line in self.form.lines if line.channel.pk not in present)
        common = {"kind": StockKind.CHANNEL, "pool": self.pool}
        return [*rows, *(Stock(channel=channel, **common) for channel in new)]

    def context(self, needed: set[int]) -> dict[str, Any]:
        """``needed``: channels whose lines stay on the page."""
        return {
            "lines": [self._line(form, form.channel.pk not in needed) for form in self.form.lines],
            "groups": [self._group(form) for form in self.form.groups],
            "now": self._bar("now", _t("Now"), {key_of(row): row.quantity for row in self.rows}),
            "then": self._bar("then", _t("Then"), self._then) if self.changes else None,
            "totals": Totals.of(self.outcome, self.pool.capacity - self.killed)
            if self.outcome
            else None,
            "marked": [
                (_name(form), f"card-{form.prefix}") for form in self.form.parts if form.errors
            ],
        }

    @cached_property
    def _then(self) -> Mapping[Key, int]:
        return {key: change.place.quantity for key, change in self.changes.items()}

    @cached_property
    def _windows(self) -> Mapping[int, Window]:
        return drawing_windows(self.spec, self.pool.event, lambda _line, _error: None)

    def _bar(self, slug: str, label: str, units: Mapping[Key, int]) -> Bar:
        return bar_of(self.rows, units, self.pool.capacity, slug=slug, label=label)

    def _line(self, form: LineForm, may_go: bool) -> Part:
        number, event = form.channel.pk, self.pool.event
        line = self.spec.line_of(number)
        window, zone = self._windows.get(number), event.venue.zone
        return Part(
            form=form,
            key=number,
            mark=self.marks.get(number, ""),
            channel=form.channel,
            change=self.changes.get(number),
            opens=opening(line, window, zone) if line else None,
            closes=closing(line, window, zone) if line else None,
            releases=released(line, event) if line else None,
            may_go=may_go,
        )

    def _group(self, form: GroupForm) -> Part:
        name = str(form["name"].value() or "").strip()
        group = next((group for group in self.spec.groups if group.name == name), None)
        return Part(
            form=form,
            key=name,
            mark=self.marks.get(name, "") if name else "",
            channel=None,
            change=self.changes.get(name) if name else None,
            releases=released(group, self.pool.event) if group else None,
            may_go=True,
        )


def _name(form: GuaranteeForm) -> str:
    if isinstance(form, LineForm):
        return form.channel.name
    return str(form["name"].value() or "") or _t("a group without a name")
