"""The stock of one run in memory: the counters of rows, and what the ledger says of a change to them.

The twin of ``allocations/sql/allocations_post.sql``, for one change at a time and nobody beside it (ADR of the
in-memory twin). tests/planning/whatif/test_twins.py holds both to the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Literal

from allocations.enums import StockKind
from allocations.ledger import Terms
from allocations.models import Stock

# A row and the units that are asked of it.
Need = tuple[int, int]
# A row, and the change of its held and of its sold units.
Change = tuple[int, int, int]
LimitedBy = Literal["stock", "open", "plan", "window", "limit"]
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Row:
    """Whose counters they are. ``stock_id``: of the row in the database, 0 where it has none."""

    kind: StockKind
    pool_id: int | None = None
    channel_id: int | None = None
    name: str = ""
    stock_id: int = 0


class MemoryStock:
    """Counters by the number of their row; moments in seconds from the epoch."""

    def __init__(self, rows: Sequence[Row]) -> None:
        count = len(rows)
        self.rows = rows
        self.quantity = [0] * count
        self.used = [0] * count  # held and sold
        self.sold = [0] * count
        self.drawn = [0] * count
        self.draws_on = [NOWHERE] * count
        self.opens = [-inf] * count
        self.closes = [inf] * count
        self.ceiling: list[float] = [inf] * count
        self.releases = [inf] * count
        self.set_aside = [0] * count  # of what is used, what blocks have left

    def copy(self) -> "MemoryStock":
        """The same counters, to be changed apart."""
        other = MemoryStock.__new__(MemoryStock)
        other.rows = self.rows
        for name in ("quantity", "used", "sold", "drawn", "draws_on", "opens", "closes"):
            setattr(other, name, list(getattr(self, name)))
        other.ceiling, other.releases = list(self.ceiling), list(self.releases)
        other.set_aside = list(self.set_aside)
        return other

    # --- Sales ------------------------------------------------------------------------------

    def ask(self, needs: Sequence[Need], at: float, sells: bool) -> int:
        """Hold units, or sell them at once: all of them, or none and the row that refuses."""
        quantity, used, draws_on = self.quantity, self.used, self.draws_on
        for row, units in needs:
            short = used[row] + units - quantity[row]
            if short > 0:
                source = draws_on[row]
                if (
                    source < 0
                    or short > quantity[source]
                    or quantity[row] + short > self.ceiling[row]
                    or not self.opens[row] <= at < self.closes[row]
                ):
                    return row
        for row, units in needs:
            used[row] += units
            short = used[row] - quantity[row]
            if short > 0:
                quantity[draws_on[row]] -= short
                quantity[row] += short
                self.drawn[row] += short
            if sells:
                self.sold[row] += units
        return NOWHERE

    def confirm(self, needs: Sequence[Need]) -> None:
        """What was held is sold."""
        for row, units in needs:
            self.sold[row] += units

    def change(self, changes: Sequence[Change], at: float) -> int:
        """Any change of held and sold units, row by row: all of it, or nothing and the row that refuses."""
        before = [
            (row, self.quantity[row], self.used[row], self.sold[row], self.drawn[row])
            for row, _held, _sold in changes
        ]
        sources = {row for row, *_numbers in before for row in (self.draws_on[row],) if row >= 0}
        open_before = [(row, self.quantity[row]) for row in sources]
        for row, held, sold in changes:
            units = held + sold
            if units > 0 and self.ask(((row, units),), at, sells=False) != NOWHERE:
                for index, quantity, used, was_sold, drawn in before:
                    self.quantity[index], self.used[index] = quantity, used
                    self.sold[index], self.drawn[index] = was_sold, drawn
                for index, quantity in open_before:
                    self.quantity[index] = quantity
                return row
            if units < 0:
                self._give_back(row, -units)
            self.sold[row] += sold
        return NOWHERE

    def _give_back(self, row: int, units: int) -> None:
        """What was drawn goes back first, to the open row."""
        self.used[row] -= units
        drawn = min(units, self.drawn[row])
        if drawn:
            self.drawn[row] -= drawn
            self.quantity[row] -= drawn
            self.quantity[self.draws_on[row]] += drawn

    def limited_by(self, row: int, units: int, at: float) -> LimitedBy:
        """Why a row has refused so many units."""
        if self.rows[row].kind == StockKind.LIMIT:
            return "limit"
        source = self.draws_on[row]
        if source < 0:
            return "stock"
        if not self.opens[row] <= at < self.closes[row]:
            return "window"
        short = self.used[row] + units - self.quantity[row]
        if short > self.quantity[source]:
            return "open"
        return "plan"

    # --- What moves beside sales ------------------------------------------------------------

    def free(self, row: int) -> int:
        return self.quantity[row] - self.used[row]

    def own(self, row: int) -> int:
        """The allocation, without what was drawn."""
        return self.quantity[row] - self.drawn[row]

    def own_sold(self, row: int) -> int:
        return min(self.sold[row], self.used[row] - self.drawn[row])

    def move(self, source: int, target: int, units: int) -> bool:
        """As the ledger moves units between two rows; whether it could."""
        fits = self.quantity[target] + units <= self.ceiling[target]
        if units > self.free(source) or not fits:
            return False
        self.quantity[source] -= units
        self.quantity[target] += units
        return True

    # --- From and to rows of the database ---------------------------------------------------

    def as_rows(self, numbers: Sequence[int]) -> list[Stock]:
        """As unsaved rows whose keys are their numbers from 1, for what is worked out on such."""
        return [
            Stock(
                pk=number + 1,
                kind=self.rows[number].kind,
                pool_id=self.rows[number].pool_id,
                channel_id=self.rows[number].channel_id,
                name=self.rows[number].name,
                quantity=self.quantity[number],
                held=self.used[number] - self.sold[number],
                sold=self.sold[number],
                drawn=self.drawn[number],
                draws_on_id=self.draws_on[number] + 1 or None,
                draws_from=_moment(self.opens[number]),
                draws_until=_moment(self.closes[number]),
                ceiling=_units(self.ceiling[number]),
                releases_at=_moment(self.releases[number]),
            )
            for number in numbers
        ]

    def place(self, key: int, quantity: int, drawn: int, terms: Terms) -> None:
        """What became of a row of ``as_rows``."""
        row = key - 1
        self.quantity[row], self.drawn[row] = quantity, drawn
        self.set_terms(row, terms, (terms.draws_on_id or 0) - 1)

    def set_terms(self, row: int, terms: Terms, draws_on: int) -> None:
        self.draws_on[row] = draws_on
        self.opens[row] = -inf if terms.draws_from is None else terms.draws_from.timestamp()
        self.closes[row] = inf if terms.draws_until is None else terms.draws_until.timestamp()
        self.ceiling[row] = inf if terms.ceiling is None else terms.ceiling
        self.releases[row] = inf if terms.releases_at is None else terms.releases_at.timestamp()


def _moment(seconds: float) -> datetime | None:
    return None if seconds in {inf, -inf} else datetime.fromtimestamp(seconds, UTC)


def _units(ceiling: float) -> int | None:
    return None if ceiling == inf else int(ceiling)
