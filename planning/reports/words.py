"""A report as people read it, on a page and in a mail."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format

from common.text import amount, number
from planning.reports.table import Row, Shown, Table, Value

NONE = "–"


def cells_of(table: Table, row: Row) -> list[str]:
    """Money is grouped as its currency is, which the last cell of its row names."""
    return [
        text_of(value, column.shown, str(row[-1]))
        for column, value in zip(table.columns, row, strict=True)
    ]


def text_of(value: Value, shown: Shown, currency: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return date_format(value, "j M Y, H:i")
    if isinstance(value, date):
        return date_format(value, "D j M Y")
    if isinstance(value, int | Decimal):
        if shown == Shown.MONEY:
            return amount(value, currency)
        return f"{number(value)} %" if shown == Shown.PERCENT else number(value)
    return value
