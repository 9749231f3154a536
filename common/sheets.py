"""Rows into files: CSV line by line, a workbook sheet by sheet; no cell is ever a formula."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from common.cells import BOM, guard, is_evaluated, to_xml

Cell = str | int | Decimal | None


class Sheet(NamedTuple):
    """What is written: a title, the columns, and the rows as they come."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


class _Line:
    """What `csv` writes to: it keeps the one line that was written last."""

    text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def csv_lines(sheet: Sheet) -> Iterator[str]:
    """The file, line by line."""
    line = _Line()
    writer = csv.writer(line)
    # A column may be called what somebody has typed: after an event, for example.
    writer.writerow([guard(name) for name in sheet.columns])
    yield BOM + line.text
    for row in sheet.rows:
        writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.text


def workbook(sheets: Iterable[Sheet]) -> IO[bytes]:
    """An XLSX file, to be read from its start."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        for place, name in enumerate(sheet.columns, start=1):
            width = max(12, len(name) + 2)
            page.column_dimensions[get_column_letter(place)].width = width
        header = []
        for name in sheet.columns:
            cell = _text(page, name)
            cell.font = Font(bold=True)
            header.append(cell)
        page.append(header)
        for row in sheet.rows:
            page.append([_cell(page, cell) for cell in row])
    # Whoever sends it closes it.
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _cell(page: Any, value: Cell) -> Any:
    """Text as text: openpyxl would take what begins with “=” for a formula."""
    if not isinstance(value, str):
        return value
    return None if value == "" else _text(page, value)


def _text(page: Any, value: str) -> Any:
    cell = WriteOnlyCell(page)
    cell._value = to_xml(value)  # noqa: SLF001 - its setter guesses a type
    cell.data_type = "s"
    if is_evaluated(value):
        cell.quotePrefix = True  # stays text when somebody edits it
    return cell
