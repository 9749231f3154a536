"""The table of prices as it was typed, and what it asks for.

Each cell's inputs end in the numbers of its item and channel. ``seen`` carries what the page showed,
so that what others change meanwhile is noticed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _t

from allocations.enums import Pricing
from allocations.models import SalesChannel
from allocations.price_grid import Cell, CellProblem, Grid, Key, Wish
from allocations.usual import usual_prices
from backoffice.kit.forms import ReasonField, wrong_in
from events.models import Item

AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
SEEN = re.compile(r"[0-9.]{1,13}\|[0-9.]{0,13}\|[0-9.]{0,13}\|(on|off)")
LONGEST = 20
# The fields of one page stay well below what Django accepts of a form.
MAX_CELLS = 800


@dataclass
class CellInput:
    """One cell of the page."""

    item: Item
    channel: SalesChannel
    price: str = ""
    floor: str = ""
    ceiling: str = ""
    is_on: bool = True
    seen: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.item.pk, self.channel.pk

    @property
    def suffix(self) -> str:
        return f"{self.item.pk}-{self.channel.pk}"

    @property
    def has_bounds(self) -> bool:
        return self.channel.pricing == Pricing.FREE or bool(self.floor or self.ceiling)

    def show(self, cell: Cell | None) -> None:
        """As it stands in the database."""
        if cell is not None:
            self.price, self.floor, self.ceiling = map(
                _written, (cell.price, cell.floor, cell.ceiling)
            )
            self.is_on = cell.is_on
        self.seen = _packed(cell)

    def type_in(self, data: QueryDict) -> None:
        """As somebody has left it."""
        for name in ("price", "floor", "ceiling", "seen"):
            setattr(self, name, data.get(f"{name}-{self.suffix}", "").strip())
        self.is_on = f"on-{self.suffix}" in data

    def wish(self) -> Wish | None:
        """What it asks for; ``None`` where it cannot be read, and says so."""
        before = self._seen()
        price = self._amount("price")
        floor, ceiling = self._amount("floor"), self._amount("ceiling")
        if price is None and (floor, ceiling) != (None, None) and before is None:
            self.errors.setdefault("price", _t("Bounds belong to a price."))
        if self.errors:
            return None
        if price is None:
            return Wish(before, None)
        return Wish(before, Cell(price, floor, ceiling, self.is_on))

    def _seen(self) -> Cell | None:
        if not self.seen:
            return None
        price, floor, ceiling, state = (
            self.seen.split("|") if SEEN.fullmatch(self.seen) else ("", "", "", "")
        )
        parts = [price, *(bound for bound in (floor, ceiling) if bound)]
        if not all(AMOUNT.fullmatch(part) for part in parts):
            self.errors["price"] = _t("Open the page again: it does not say what it showed.")
            return None
        return Cell(
            Decimal(price),
            Decimal(floor) if floor else None,
            Decimal(ceiling) if ceiling else None,
            state == "on",
        )

    def _amount(self, name: str) -> Decimal | None:
        text = getattr(self, name)
        if not text:
            return None
        try:
            return amount_of(text)
        except ValueError as error:
            self.errors[name] = str(error)
            return None


class PriceForm:
    """The cells of some channels; ``problems`` concern none of them alone."""

    def __init__(
        self, grid: Grid, channels: Sequence[SalesChannel], data: QueryDict | None = None
    ) -> None:
        self.grid, self.channels, self.data = grid, channels, data
        self.list_prices = {item.pk: "" for item in grid.items}
        self.list_errors: dict[int, str] = {}
        self.problems: list[str] = []
        self.reason = "" if data is None else data.get("reason", "").strip()
        self.reason_error = ""
        self.cells: dict[Key, CellInput] = {}
        for channel in channels:
            for item in grid.items:
                cell = CellInput(item, channel)
                listing = grid.listings.get(cell.key)
                if data is None:
                    cell.show(Cell.of(listing) if listing else None)
                else:
                    cell.type_in(data)
                self.cells[cell.key] = cell
        if data is not None:
            for item_id in self.list_prices:
                self.list_prices[item_id] = data.get(f"list-{item_id}", "").strip()

    @property
    def rows(self) -> Iterable[tuple[SalesChannel, list[CellInput]]]:
        for channel in self.channels:
            yield channel, [self.cells[item.pk, channel.pk] for item in self.grid.items]

    @property
    def heads(self) -> Iterable[tuple[Item, str, str]]:
        """Each item with its list price, as it was typed, and what is wrong with that."""
        for item in self.grid.items:
            yield item, self.list_prices[item.pk], self.list_errors.get(item.pk, "")

    @property
    def has_errors(self) -> bool:
        cells = any(cell.errors for cell in self.cells.values())
        return bool(self.problems or self.list_errors or self.reason_error or cells)

    @property
    def wrong_cells(self) -> int:
        return sum(bool(cell.errors) for cell in self.cells.values())

    def fill(self) -> int:
        """Put each channel's usual share of the list price in cells that are empty; says how many."""
        count = 0
        for item in self.grid.items:
            text = self.list_prices[item.pk]
            if not text:
                continue
            try:
                list_price = amount_of(text)
            except ValueError as error:
                self.list_errors[item.pk] = str(error)
                continue
            for channel in self.channels:
                cell = self.cells[item.pk, channel.pk]
                if not cell.price:
                    price, floor, ceiling = usual_prices(channel, list_price)
                    cell.price, cell.is_on = _written(price), True
                    cell.floor, cell.ceiling = _written(floor), _written(ceiling)
                    count += 1
        return count

    def wishes(self) -> dict[Key, Wish]:
        """Of all cells that can be read. What cannot be is marked, and so is a reason left out."""
        wishes = {}
        for key, cell in self.cells.items():
            wish = cell.wish()
            if wish is not None:
                wishes[key] = wish
        self._complain_of_strangers()
        self._read_reason(required=any(wish.seen and not wish.is_none for wish in wishes.values()))
        return wishes

    def _read_reason(self, *, required: bool) -> None:
        if required and not self.reason:
            self.reason_error = _t("Say why prices that are there already change.")
            return
        self.reason_error = wrong_in(ReasonField(required=False), self.reason)

    def _complain_of_strangers(self) -> None:
        """What was typed for an item or a channel that is not there any more is not dropped unseen."""
        names = {f"price-{cell.suffix}" for cell in self.cells.values()}
        for name, value in (self.data or {}).items():
            if name.startswith("price-") and name not in names and str(value).strip():
                text = _t("“%s” is of an item or a channel that is not there any more.")
                self.problems.append(text % name[: 2 * LONGEST])

    def complain(self, problems: Iterable[CellProblem]) -> None:
        """Show each problem in its cell. What others have set is what the page has shown by now."""
        for problem in problems:
            cell = self.cells.get(problem.key)
            if cell is None:
                self.problems.append(problem.message)
                continue
            cell.errors[problem.field] = problem.message
            listing = self.grid.listings.get(problem.key)
            cell.seen = _packed(Cell.of(listing) if listing else None)


def amount_of(text: str) -> Decimal:
    """Raises ``ValueError`` with the reason for a person: no amount is guessed."""
    if AMOUNT.fullmatch(text):
        return Decimal(text)
    excerpt = text[:LONGEST]
    if re.fullmatch(r"[0-9]+([,.' ][0-9]+)+", text):
        message = _t("“%s” can be read in two ways: write 1500, or 1500.50 with cents.")
    else:
        message = _t("“%s” is no amount: write 1500, or 1500.50 with cents.")
    raise ValueError(message % excerpt)


def pages_of(grid: Grid) -> list[Sequence[SalesChannel]]:
    """The channels that fit on a page each."""
    size = max(1, MAX_CELLS // max(1, len(grid.items)))
    return [grid.channels[at : at + size] for at in range(0, len(grid.channels), size)] or [[]]


def _written(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _packed(cell: Cell | None) -> str:
    if cell is None:
        return ""
    amounts = map(_written, (cell.price, cell.floor, cell.ceiling))
    return "|".join((*amounts, "on" if cell.is_on else "off"))
