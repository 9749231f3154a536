"""What a run came to, side by side: in numbers, by channel, over time; and as CSV."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocations.models import SalesChannel
from backoffice.whatif.charts import Bar, OverTime, bars, over_time
from common.sheets import Sheet
from common.text import MINUS, money, number, with_minus
from planning.models import WhatIfRun
from planning.whatif import results
from planning.whatif.results import Spread

Read = Callable[[Mapping[str, Any]], float]
WHY = {
    "stock": gettext_lazy("its own part was sold out"),
    "open": gettext_lazy("the open stock was sold out"),
    "plan": gettext_lazy("the ceiling of its plan"),
    "window": gettext_lazy("it could not draw on open stock then"),
    "limit": gettext_lazy("the limit of an item or listing"),
    "closed": gettext_lazy("not on sale then, or too many in one booking"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One number of both sides, and how they differ. ``is_better``: whether more of it is good; ``None``: neither."""

    label: str
    a: Spread
    b: Spread
    difference: Spread
    is_money: bool
    currency: str
    is_exact: bool
    bars: Sequence[Bar]

    def _said(self, value: float) -> str:
        if self.is_money:  # of a simulation: whole money says enough
            return with_minus(money(round(value / 100), self.currency))
        return with_minus(number(round(value)))

    @property
    def first(self) -> str:
        return self._one(self.a)

    @property
    def second(self) -> str:
        return self._one(self.b)

    def _one(self, spread: Spread) -> str:
        return self._said(spread.mean)

    @property
    def first_range(self) -> str:
        return self._range(self.a)

    @property
    def second_range(self) -> str:
        return self._range(self.b)

    def _range(self, spread: Spread) -> str:
        low, high = self._said(spread.low), self._said(spread.high)
        if low == high:
            return ""
        if self.is_money:  # the currency once: two sums stand side by side in narrow columns
            low = low.removesuffix(f" {self.currency}")
        return _("%(low)s to %(high)s") % {"low": low, "high": high}

    @property
    def change(self) -> str:
        sign = "+" if round(self.difference.mean / (100 if self.is_money else 1)) > 0 else ""
        return f"{sign}{self._said(self.difference.mean)}"

    @property
    def change_range(self) -> str:
        return self._range(self.difference)

    @property
    def exact(self) -> tuple[str, str]:
        """Of the run with exactly the buyers that came."""
        return self._exactly(self.a.first), self._exactly(self.b.first)

    def _exactly(self, value: float) -> str:
        whole = Decimal(round(value))
        return money(whole / 100, self.currency) if self.is_money else number(whole)


class Comparison:
    """Of a run that is done, or has some seeds done."""

    def __init__(self, run: WhatIfRun) -> None:
        self.run = run
        self.currency = run.event.venue.currency
        seeds = [seed for chunk in run.chunks.all() for seed in chunk.results]
        self.sides: list[list[dict[str, Any]]] = [[seed[side] for seed in seeds] for side in (0, 1)]
        demand = run.demand
        self.is_exact = demand["kind"] == "OWN" and not demand.get("away")

    @property
    def has_seeds(self) -> bool:
        return bool(self.sides[0])

    @cached_property
    def channels(self) -> dict[str, str]:
        keys = {
            key
            for side in self.sides
            for seed in side
            for name in ("sold", "away", "left")
            for key in seed[name]
        }
        rows = SalesChannel.objects.filter(pk__in=[key for key in keys if key != "0"])
        return {str(row.pk): row.name for row in rows.order_by("kind", "name")}

    def _row(self, label: str, read: Read, *, is_money: bool = False, widest: float = 0) -> Row:
        first, second = self.sides
        a, b = results.spread(first, read), results.spread(second, read)
        return Row(
            label,
            a,
            b,
            results.difference(first, second, read),
            is_money,
            self.currency,
            self.is_exact,
            bars((a, b), widest or max(a.high, b.high)),
        )

    @cached_property
    def totals(self) -> list[Row]:
        return [
            self._row(_("Tickets sold"), results.total("sold")),
            self._row(_("Revenue"), results.total("cents"), is_money=True),
            self._row(_("Tickets turned away"), results.total("away")),
            self._row(_("Units left over"), results.total("left")),
            self._row(_("Units moved by transfers"), results.number("moved")),
            self._row(_("Transfers"), results.number("transfers")),
            self._row(_("Transfers that needed an approval"), results.number("approvals")),
            self._row(_("Transfers that lapsed undecided"), results.number("lapsed")),
            self._row(_("Units that went back unsold"), results.number("released")),
        ]

    def _by_channel(self, name: str, *, is_money: bool = False) -> list[Row]:
        reads = {key: results.of_key(name, key) for key in self.channels}
        highs = [results.spread(side, read).high for side in self.sides for read in reads.values()]
        widest = max(highs, default=0.0)
        rows = [
            self._row(self.channels[key], read, is_money=is_money, widest=widest)
            for key, read in reads.items()
        ]
        return [row for row in rows if row.a.high or row.b.high]

    @cached_property
    def by_channel(self) -> list[tuple[str, list[Row]]]:
        left = self._by_channel("left")
        if any("0" in seed["left"] for seed in self.sides[0][:1]):
            left.append(self._row(_("Open stock"), results.of_key("left", "0")))
        return [
            (_("Tickets sold"), self._by_channel("sold")),
            (_("Revenue"), self._by_channel("cents", is_money=True)),
            (_("Tickets turned away"), self._by_channel("away")),
            (_("Units left over"), left),
        ]

    @cached_property
    def reasons(self) -> list[Row]:
        rows = [self._row(str(label), results.of_key("away_by", key)) for key, label in WHY.items()]
        return [row for row in rows if row.a.high or row.b.high]

    @cached_property
    def chart(self) -> OverTime:
        event = self.run.event
        begins, ends = self.span
        sides = [results.over_time(side, "time") for side in self.sides]
        return over_time(sides, begins, ends, event.venue.zone)

    @cached_property
    def span(self) -> tuple[float, float]:
        """From when until when sales are counted."""
        begins, ends = self.run.begins_at, self.run.ends_at
        if begins is None or ends is None:
            message = "A run with results says from when until when it sells."
            raise ValueError(message)
        return begins.timestamp(), ends.timestamp()

    # --- As a file -----------------------------------------------------------------------

    def sheet(self, names: Sequence[str]) -> Sheet:
        """Each number of both plans with its interval; revenue in whole money."""
        parts = (_("mean"), "5 %", "95 %")
        columns = [_("What"), _("Of what")]
        for side in (f"A: {names[0]}", f"B: {names[1]}", f"B {MINUS} A"):
            columns += [f"{side}, {part}" for part in parts]
        return Sheet(_("What-if"), columns, [self._cells(*line) for line in self._lines()])

    @staticmethod
    def _cells(label: str, of_what: str, row: Row) -> list[Any]:
        part = 0.01 if row.is_money else 1.0
        return [
            label,
            of_what,
            *(
                Decimal(str(round(value * part, 2)))
                for spread in (row.a, row.b, row.difference)
                for value in (spread.mean, spread.low, spread.high)
            ),
        ]

    def _lines(self) -> Iterator[tuple[str, str, Row]]:
        for row in self.totals:
            yield row.label, "", row
        for label, rows in self.by_channel:
            for row in rows:
                yield label, row.label, row
        for row in self.reasons:
            yield _("Turned away because"), row.label, row
