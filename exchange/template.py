"""The empty workbook that people fill in."""

from collections.abc import Iterator

from common.sheets import Sheet
from exchange.cell_types import Choice
from exchange.reading.xlsx_file import HELP
from exchange.tables import TABLES, Column


def template_sheets() -> Iterator[Sheet]:
    """A sheet with a header for each table, and one that explains the columns."""
    for table in TABLES.values():
        names = [column.name for column in table.columns if not column.counted]
        yield Sheet(table.name, names, ())
    rows = [
        (table.name, column.name, "yes" if column.required else "", _explained(column))
        for table in TABLES.values()
        for column in table.columns
        if not column.counted
    ]
    yield Sheet(HELP, ("sheet", "column", "required", "what it holds"), rows)


def _explained(column: Column) -> str:
    if isinstance(column.kind, Choice):
        known = ", ".join(choice.value for choice in column.kind.choices)
        return f"{column.help} One of: {known}.".strip()
    return column.help
