"""An Excel workbook, of which nothing is believed: neither its sizes nor that it is one."""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from common.cells import from_xml
from exchange.cell_types import Percent, Raw, excerpt
from exchange.errors import FileRefusedError
from exchange.reading.csv_file import MAX_COLUMNS
from exchange.reading.hidden import hidden_columns, hidden_rows, spans

# Rows of a sheet: number, cells, what is wrong with them.
Lines = Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]

# Unpacked. A workbook of 20,000 full rows has about 15 MB.
LARGEST_UNPACKED = 60_000_000
MAX_ENTRIES = 500
# Empty rows are read too: a row 1,048,576 alone would be a million of them.
LAST_ROW = 50_000
# A sheet of the template, for people.
HELP = "help"
# Never past the next “<”: of many beginnings, as a comment may hold, each would go to the end.
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*[\"']([A-Z0-9:]+)[\"']")

# What openpyxl answers to what is no workbook; its readers raise whatever they stumble over.
UNREADABLE = (
    AttributeError,
    DefusedXmlException,
    IndexError,
    InvalidFileException,
    KeyError,
    OSError,
    OverflowError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    NotImplementedError,  # a kind of compression that it does not know
    RuntimeError,  # encrypted
    EOFError,
)


def sheets(content: bytes, *, known: Collection[str]) -> Iterator[tuple[str, Lines]]:
    """Each visible sheet by its title. Raises ``FileRefusedError``.

    One whose title is not ``known`` is refused, unless it is called “help”; and so is one that is
    hidden, or has hidden rows or columns that hold something: nobody would see what is imported.
    """
    check_archive(content)
    with refused():
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
    with closing(book):
        for sheet in book.worksheets:
            title = str(sheet.title).strip().lower()
            if title == HELP:
                continue
            if title not in known:
                raise FileRefusedError(
                    f"There is no sheet {excerpt(sheet.title)} here. There are: {', '.join(known)}."
                )
            if sheet.sheet_state != "visible":
                raise FileRefusedError(
                    f"The sheet {excerpt(sheet.title)} is hidden. Unhide it, so that you see what "
                    "would be imported, or delete it."
                )
            xml = _xml_of(content, sheet)
            _check_merged(xml, sheet)
            yield title, _visible(sheet, rows_of(sheet), xml)


def check_archive(content: bytes, largest: int = LARGEST_UNPACKED) -> None:
    """Raises ``FileRefusedError`` for what is no archive, or unpacks to more."""
    with refused(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        # Reading stops at the size that an entry claims, so that a lie unpacks no further.
        unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > largest:
        raise FileRefusedError(
            f"The workbook unpacks to {unpacked} bytes in {len(entries)} parts; at most "
            f"{largest} bytes in {MAX_ENTRIES} parts are read.",
            maximum=largest,
        )


def _xml_of(content: bytes, sheet: Any) -> bytes:
    with refused(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(sheet._worksheet_path)  # noqa: SLF001


def _check_merged(xml: bytes, sheet: Any) -> None:
    if merged := _MERGED.search(xml):
        raise FileRefusedError(
            f"The cells {merged[1].decode()} of {excerpt(sheet.title)} are merged. Unmerge them: "
            "each row stands for itself."
        )


def _visible(sheet: Any, lines: Lines, xml: bytes) -> Lines:
    """The rows; raises ``FileRefusedError`` at their end if something stands where none sees it."""
    rows, columns = hidden_rows(xml), hidden_columns(xml)
    in_rows: set[int] = set()
    in_columns: set[int] = set()
    for number, cells, wrong in lines:
        holding = {place for place, cell in enumerate(cells, 1) if cell is not None}
        holding |= {place + 1 for place, _message in wrong}
        if holding and number in rows:
            in_rows.add(number)
        in_columns |= holding & columns
        yield number, cells, wrong
    where = [f"rows {spans(in_rows)}"] if in_rows else []
    if in_columns:
        where.append(
            "columns " + ", ".join(get_column_letter(place) for place in sorted(in_columns))
        )
    if where:
        raise FileRefusedError(
            f"Hidden in {excerpt(sheet.title)}, by a filter or by hand: {' and '.join(where)}. Show "
            "them, so that you see what would be imported, or delete them."
        )


def rows_of(sheet: Any, last: int = LAST_ROW) -> Lines:
    """The rows of a sheet, up to row ``last``. Raises ``FileRefusedError`` beyond."""
    sheet.reset_dimensions()  # what it claims of its size
    with refused():
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > last:
                raise FileRefusedError(
                    f"The sheet {excerpt(sheet.title)} goes beyond row {last}.",
                    maximum=last,
                )
            if len(cells) > MAX_COLUMNS:
                raise FileRefusedError(
                    f"Row {number} of {excerpt(sheet.title)} has a cell in column "
                    f"{get_column_letter(len(cells))}; there are at most {MAX_COLUMNS} columns."
                )
            wrong: list[tuple[int, str]] = []
            yield number, [_cell(place, cell, wrong) for place, cell in enumerate(cells)], wrong


def _cell(place: int, cell: Any, wrong: list[tuple[int, str]]) -> Raw:
    kind, value = cell.data_type, cell.value
    if kind == "f":
        # What it came to when it was saved may be anybody's number.
        wrong.append((place, "The cell holds a formula. Put its value there."))
        return None
    if kind == "e":
        wrong.append((place, f"The cell holds an error, {excerpt(value)}."))
        return None
    if isinstance(value, str):
        return from_xml(value) or None
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in cell.number_format:
        return Percent(value)
    raw: Raw = value
    return raw


@contextmanager
def refused() -> Iterator[None]:
    """Whatever openpyxl stumbles over in a broken or hostile file, as a refusal."""
    try:
        yield
    except UNREADABLE as error:
        raise FileRefusedError(
            "The file is no Excel workbook that can be read. Save it again as .xlsx."
        ) from error
