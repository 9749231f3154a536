"""What was turned away: tickets asked for and refused, by limit, channel, item, day or quarter of an hour."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from planning.reports import names
from planning.reports.buckets import PATTERNS, picture_by_day
from planning.reports.comparison import Sums
from planning.reports.scope import Scope
from planning.reports.table import Band, Column, Row, Shown, Table, Value
from sales.enums import LIMITS_OF_QUANTITY, Limit

_COUNTS = """
SELECT {columns}, sum(t.refusals)::bigint, sum(t.tickets)::bigint
  FROM sales_turnedaway t JOIN events e ON e.id = t.event_id
 WHERE t.at >= %(start)s AND t.at < %(end)s AND (%(channel)s::bigint IS NULL OR t.channel_id = %(channel)s)
   AND (t.at AT TIME ZONE e.zone)::date BETWEEN %(first)s AND %(last)s
 GROUP BY {columns}
"""
_ASKED = """
SELECT sum(t.tickets) FROM sales_turnedaway t JOIN events e ON e.id = t.event_id
 WHERE t.at >= %(start)s AND t.at < %(end)s AND (%(channel)s::bigint IS NULL OR t.channel_id = %(channel)s)
   AND (t.at AT TIME ZONE e.zone)::date BETWEEN %(first)s AND %(last)s
"""
_DAY = "(t.at AT TIME ZONE e.zone)::date"
_COLUMNS = {
    "limit": ("t.limited_by",),
    "channel": ("t.channel_id",),
    "item": ("t.item_id",),
    "day": (_DAY,),
    "all": ("t.at AT TIME ZONE e.zone", "t.channel_id", "t.item_id", "t.limited_by"),
}
_OTHER = (Limit.WINDOW, Limit.STOP, Limit.NOT_ON_SALE)


def build(scope: Scope, by: str) -> Table:
    columns = _COLUMNS[by]
    rows = scope.read(_COUNTS.format(columns=", ".join(columns)))
    heads, cells = _named(columns, rows)
    table_rows: list[Row] = [(*cells(row), row[-2], row[-1]) for row in rows]
    if by in {"day", "all"}:
        table_rows.sort(reverse=True)
    else:
        table_rows.sort(key=lambda row: (-int(str(row[-1])), row[:-2]))
    blank = [""] * (len(heads) - 1)
    return Table(
        columns=(
            *heads,
            Column(_("Refusals"), Shown.NUMBER),
            Column(_("Tickets asked for"), Shown.NUMBER),
        ),
        rows=table_rows,
        totals=[(_("All"), *blank, sum(row[-2] for row in rows), sum(row[-1] for row in rows))]
        if rows
        else [],
        picture=picture_by_day(scope.first, scope.last, _bands(), _by_day(scope)),
    )


def sums(scope: Scope) -> Sums:
    [(tickets,)] = scope.read(_ASKED)
    return {"": tickets} if tickets else {}


def _bands() -> tuple[Band, ...]:
    labels = (_("Too few tickets"), *(str(limit.label) for limit in _OTHER), _("Other limits"))
    return tuple(Band(pattern, label) for pattern, label in zip(PATTERNS, labels, strict=True))


def _by_day(scope: Scope) -> dict[tuple[date, int], int]:
    counts: dict[tuple[date, int], int] = {}
    for day, limit, _refusals, tickets in scope.read(
        _COUNTS.format(columns=f"{_DAY}, t.limited_by")
    ):
        key = day, _place(Limit(limit))
        counts[key] = counts.get(key, 0) + tickets
    return counts


def _place(limit: Limit) -> int:
    if limit in LIMITS_OF_QUANTITY:
        return 0
    return 1 + _OTHER.index(limit) if limit in _OTHER else 1 + len(_OTHER)


def _named(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> tuple[list[Column], Callable[[tuple[Any, ...]], list[Value]]]:
    """The heads of the columns, and the cells of a row under them."""

    def numbers(name: str) -> set[int]:
        return {row[columns.index(name)] for row in rows} if name in columns else set()

    channels, items = names.channels(numbers("t.channel_id")), names.items(numbers("t.item_id"))
    heads = {
        "t.limited_by": [Column(_("Limit"))],
        "t.channel_id": [Column(_("Channel"))],
        "t.item_id": [Column(_("Event")), Column(_("Item"))],
        _DAY: [Column(_("Day"), Shown.DAY)],
        _COLUMNS["all"][0]: [Column(_("Quarter of an hour from"), Shown.MOMENT)],
    }

    def cells(row: tuple[Any, ...]) -> list[Value]:
        values: list[Value] = []
        for column, value in zip(columns, row, strict=False):
            if column == "t.limited_by":
                values.append(str(Limit(value).label))
            elif column == "t.channel_id":
                values.append(channels[value][0])
            elif column == "t.item_id":
                values += reversed(items[value])
            else:
                values.append(value)
        return values

    return [head for column in columns for head in heads[column]], cells
