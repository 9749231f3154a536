"""Sales by day, channel and item: confirmed bookings without what was refunded, on the day they were sold."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from planning.reports import names
from planning.reports.buckets import KINDS, picture_by_day
from planning.reports.comparison import Sums, sold_sums
from planning.reports.scope import Scope
from planning.reports.table import Column, Row, Shown, Table
from sales.day_sums.selectors import SOLD

# One reading of what was sold for the table and for the picture: it is the number of lines that takes time.
SUMS = """
SELECT grouping({columns}, currency), day, channel_id, {item}, currency, sum(tickets)::bigint, sum(amount)
  FROM sold GROUP BY GROUPING SETS (({columns}, currency), (day, channel_id))
"""

GROUPS: dict[str, tuple[str, ...]] = {
    "day": ("day",),
    "channel": ("channel_id",),
    "item": ("item_id",),
    "all": ("day", "channel_id", "item_id"),
}


def build(scope: Scope, by: str) -> Table:
    return tabulate(scope, by, SOLD)


def sums(scope: Scope) -> Sums:
    return sold_sums(scope, SOLD)


def tabulate(scope: Scope, by: str, statement: str) -> Table:
    """The rows of a statement that has ``sold``, summed by what ``by`` names."""
    columns = GROUPS[by]
    item = "item_id" if "item_id" in columns else "NULL::bigint"
    rows = scope.read(statement + SUMS.format(columns=", ".join(columns), item=item))
    by_columns = [row[1:] for row in rows if row[0] == 0]
    by_channel = [row[1:] for row in rows if row[0] != 0]
    kinds = names.channels({row[1] for row in [*by_columns, *by_channel] if row[1] is not None})
    places = {kind.pattern: place for place, kind in enumerate(KINDS)}
    counts: dict[tuple[date, int], int] = {}
    for day, channel_id, _item, _currency, tickets, _amount in by_channel:
        key = day, places[kinds[channel_id][1].value]
        counts[key] = counts.get(key, 0) + tickets
    return Table(
        columns=(
            *_heads(columns),
            Column(_("Tickets"), Shown.NUMBER),
            Column(_("Amount"), Shown.MONEY),
            Column(_("Currency")),
        ),
        rows=_rows(columns, by_columns, kinds),
        totals=_totals(columns, by_columns),
        picture=picture_by_day(scope.first, scope.last, KINDS, counts),
    )


def _heads(columns: Sequence[str]) -> list[Column]:
    heads = {
        "day": [Column(_("Day"), Shown.DAY)],
        "channel_id": [Column(_("Channel"))],
        "item_id": [Column(_("Event")), Column(_("Item"))],
    }
    return [head for column in columns for head in heads[column]]


def _rows(columns: Sequence[str], sums: Sequence[Any], kinds: Any) -> list[Row]:
    items = (
        names.items({row[2] for row in sums if row[2] is not None}) if "item_id" in columns else {}
    )
    rows: list[Row] = []
    for day, channel_id, item_id, currency, tickets, amount in sums:
        cells: list[Any] = []
        if "day" in columns:
            cells.append(day)
        if "channel_id" in columns:
            cells.append(kinds[channel_id][0])
        if "item_id" in columns:
            item, event = items.get(item_id, ("", ""))
            cells += [event, item]
        rows.append((*cells, tickets, amount, currency))
    if columns == ("day",):
        return sorted(rows, reverse=True)
    if "day" in columns:
        return sorted(rows, key=lambda row: (row[0], row[1:4]), reverse=True)
    return sorted(rows, key=lambda row: (-int(str(row[-3])), row[:-3]))


def _totals(columns: Sequence[str], sums: Sequence[Any]) -> list[Row]:
    totals: dict[str, tuple[int, Decimal]] = {}
    for *_key, currency, tickets, amount in sums:
        before = totals.get(currency, (0, Decimal(0)))
        totals[currency] = before[0] + tickets, before[1] + amount
    blank = [""] * (len(_heads(columns)) - 1)
    return [
        (_("All"), *blank, tickets, amount, currency)
        for currency, (tickets, amount) in sorted(totals.items())
    ]
