"""The rows of a sales file as its sender's program wrote it: any encoding, titles above, a sum below.

Set-up is imported from files that people make for us; these were made for somebody else, so that more is
understood, and what has two meanings is still refused.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

import openpyxl

from common.names import name_key
from exchange.cell_types import Raw, excerpt, plain
from exchange.errors import FileRefusedError
from exchange.reading import csv_file, xlsx_file
from exchange.sales_files.mapping import FileMapping

# Rows with something in them.
MAX_LINES = 100_000
# Headings stand within the first rows that are not empty.
TITLE_ROWS = 30
# Unpacked. A workbook of 100,000 full rows has about 60 MB.
LARGEST_UNPACKED = 250_000_000
LAST_ROW = 1_048_576
ZIP = b"PK\x03\x04"

Lines = xlsx_file.Lines
Pick = Callable[[Sequence[str]], FileMapping | None]


@dataclass(frozen=True, slots=True)
class FileRow:
    """``cells``: role → what the cell holds; other columns may hold who has bought, and are not kept.

    ``wrong``: what is the matter with some cell of these.
    """

    number: int
    cells: dict[str, Raw]
    wrong: str

    @property
    def texts(self) -> dict[str, str]:
        return {role: _text(cell) for role, cell in self.cells.items()}


def open_rows(content: bytes, pick: Pick) -> tuple[FileMapping, Iterator[FileRow]]:
    """The mapping that ``pick`` finds for the headings, and each row below them that is not empty.

    Raises ``FileRefusedError`` for what is no such file or has no headings that fit, and with the rows for too many
    lines.
    """
    lines = lines_of(content)
    above: list[list[str]] = []
    for _number, cells, _faults in lines:
        texts = [_text(cell) for cell in cells]
        if not any(texts):
            continue
        headings = [name_key(text) for text in texts]
        if (mapping := pick(headings)) is not None:
            return mapping, _rows(lines, _places(mapping, headings))
        above.append(texts)
        if len(above) >= TITLE_ROWS:
            break
    raise FileRefusedError(_no_headings(above))


def _rows(lines: Lines, places: dict[int, str]) -> Iterator[FileRow]:
    count = 0
    for number, cells, faults in lines:
        if not faults and not any(_text(cell) for cell in cells):
            continue
        count += 1
        if count > MAX_LINES:
            raise FileRefusedError(
                f"The file has more than {MAX_LINES} lines; send it in parts.", maximum=MAX_LINES
            )
        wrong = " ".join(message for place, message in faults if place in places)
        values = {role: cells[place] for place, role in places.items() if place < len(cells)}
        yield FileRow(number, values, wrong)


def _text(cell: Raw) -> str:
    return "" if cell is None else plain(cell)


def _places(mapping: FileMapping, headings: Sequence[str]) -> dict[int, str]:
    return {headings.index(name_key(heading)): role for role, heading in mapping.columns.items()}


def _no_headings(above: Sequence[Sequence[str]]) -> str:
    if not above:
        return "The file is empty."
    first = ", ".join(excerpt(text) for text in above[0] if text)
    return f"No row has the headings of the channel's mapping. The first row has: {first}."


def lines_of(content: bytes) -> Lines:
    """Number, cells and what is wrong with them of every row, empty ones too. Raises ``FileRefusedError``."""
    if not content.startswith(ZIP):
        yield from csv_file.rows_of(decoded(content), delimiter_of)
        return
    xlsx_file.check_archive(content, LARGEST_UNPACKED)
    with xlsx_file.refused():
        book = openpyxl.load_workbook(
            BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
    with closing(book):
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if len(visible) != 1:
            raise FileRefusedError(
                f"The workbook has {len(visible)} sheets that can be seen; send one with the sales alone."
            )
        yield from xlsx_file.rows_of(visible[0], LAST_ROW)


def decoded(content: bytes) -> str:
    """Text in UTF-8, UTF-16 or Windows-1252, by its first bytes and by what it can be.

    Raises ``FileRefusedError`` for what is none of them.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif content[1:2] == b"\x00":
        encodings = ("utf-16-le",)
    elif content[:1] == b"\x00":
        encodings = ("utf-16-be",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileRefusedError("The file is text in no known encoding. Save it as “CSV UTF-8”.")


def delimiter_of(text: str) -> str:
    """The sign of which most of the first lines have as many: titles above the headings have commas as well."""
    first = [line for line in text[:20_000].splitlines()[: 2 * TITLE_ROWS] if line.strip()]

    def evenness(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in first)
        return max(((lines, count) for count, lines in counts.items() if count), default=(0, 0))

    return max(csv_file.DELIMITERS, key=evenness)
