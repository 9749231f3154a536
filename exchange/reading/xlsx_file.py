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
from exchange.errors import FileRefusedError
from exchange.kinds import Raw, excerpt
from exchange.reading.csv_file import MOST_COLUMNS

# Unpacked. A workbook of 20,000 full rows has about 15 MB.
LARGEST_UNPACKED = 60_000_000
MOST_ENTRIES = 500
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


def sheets(
    content: bytes, *, known: Collection[str]
) -> Iterator[tuple[str, Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]]]:
    """Each visible sheet by its title. Raises ``FileRefusedError``.

    One whose title is not ``known`` is refused, unless it is called “help”.
    """
    _check_archive(content)
    with _refused():
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
            _check_merged(content, sheet)
            yield title, _lines(sheet)


def _check_archive(content: bytes) -> None:
    with _refused(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        # Reading stops at the size that an entry claims, so that a lie unpacks no further.
        unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
        raise FileRefusedError(
            f"The workbook unpacks to {unpacked} bytes in {len(entries)} parts; at most "
            f"{LARGEST_UNPACKED} bytes in {MOST_ENTRIES} parts are read.",
            most=LARGEST_UNPACKED,
        )


def _check_merged(content: bytes, sheet: Any) -> None:
    with _refused(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        merged = _MERGED.search(archive.read(sheet._worksheet_path))  # noqa: SLF001
    if merged:
        raise FileRefusedError(
            f"The cells {merged[1].decode()} of {excerpt(sheet.title)} are merged. Unmerge them: "
            "each row stands for itself."
        )


def _lines(sheet: Any) -> Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]:
    sheet.reset_dimensions()  # what it claims of its size
    with _refused():
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > LAST_ROW:
                raise FileRefusedError(
                    f"The sheet {excerpt(sheet.title)} goes beyond row {LAST_ROW}.", most=LAST_ROW
                )
            if len(cells) > MOST_COLUMNS:
                raise FileRefusedError(
                    f"Row {number} of {excerpt(sheet.title)} has a cell in column "
                    f"{get_column_letter(len(cells))}; there are at most {MOST_COLUMNS} columns."
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
    found: Raw = value
    return found


@contextmanager
def _refused() -> Iterator[None]:
    """Whatever openpyxl stumbles over in a broken or hostile file, as a refusal."""
    try:
        yield
    except UNREADABLE as error:
        raise FileRefusedError(
            "The file is no Excel workbook that can be read. Save it again as .xlsx."
        ) from error
