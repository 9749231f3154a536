"""A report as a file: the very numbers of the screen, for programs that calculate."""

from collections.abc import Iterator
from datetime import date, datetime

from common.sheets import Cell, Sheet
from planning.reports.table import Table, Value

# As many as every other file of ours has.
MAX_IN_CSV, MAX_IN_WORKBOOK = 100_000, 20_000


def sheet_of(title: str, table: Table) -> Sheet:
    """The rows as they come, without the totals: whoever adds them up finds those."""
    return Sheet(title[:31], [column.title for column in table.columns], _cells(table))


def _cells(table: Table) -> Iterator[list[Cell]]:
    for row in table.rows:
        yield [cell_of(value) for value in row]


def cell_of(value: Value) -> Cell:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return value
