"""A CSV file: UTF-8, with commas, semicolons or tabs."""

import csv
import io
from collections.abc import Iterator, Sequence

from common.cells import unguard
from exchange.errors import FileRefusedError
from exchange.kinds import Raw

MOST_COLUMNS = 100
DELIMITERS = ",;\t"


def lines(content: bytes) -> Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]:
    """Rows with the number of the line on which each ends, as an editor counts.

    Raises ``FileRefusedError``.
    """
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise FileRefusedError(
                    f"Line {reader.line_num} has {len(cells)} columns; there are at most "
                    f"{MOST_COLUMNS}."
                )
            yield reader.line_num, [unguard(cell) or None for cell in cells], ()
    except csv.Error as error:
        raise FileRefusedError(
            f"Line {reader.line_num} is not CSV ({error}): is a quotation mark left open?"
        ) from error


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefusedError("The file is in UTF-16. Save it as “CSV UTF-8”.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(
            f"The file is not in UTF-8: byte {error.start + 1}, in line {line}, is none of it. "
            "Save it as “CSV UTF-8”."
        ) from error


def _delimiter(text: str) -> str:
    """The one that the header has most of; no name of a column holds any."""
    header = text.lstrip("\r\n").partition("\n")[0][:10_000]
    return max(DELIMITERS, key=header.count)
