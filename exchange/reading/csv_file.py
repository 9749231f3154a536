"""A CSV file: UTF-8, with commas, semicolons or tabs."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

from common.cells import unguard
from exchange.cell_types import Raw, excerpt
from exchange.errors import FileRefusedError

MAX_COLUMNS = 100
DELIMITERS = ",;\t"
# With what a program puts after and around it when it saves the line as a row of its own.
_HINT = re.compile(r'"?sep=([^\r\n])"?[,;\t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


def lines(content: bytes) -> Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]:
    """Rows with the number of the line on which each ends, as an editor counts.

    Raises ``FileRefusedError``.
    """
    return rows_of(_decode(content), _delimiter)


def rows_of(
    whole: str, delimiter_of: Callable[[str], str]
) -> Iterator[tuple[int, Sequence[Raw], Sequence[tuple[int, str]]]]:
    """The same of a text; ``delimiter_of`` says by what it is separated, unless its first line does."""
    text, delimiter, skipped = _after_hint(whole, delimiter_of)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise FileRefusedError(
                    f"Line {reader.line_num + skipped} has {len(cells)} columns; there are at most "
                    f"{MAX_COLUMNS}."
                )
            yield reader.line_num + skipped, [unguard(cell) or None for cell in cells], ()
    except csv.Error as error:
        raise FileRefusedError(
            f"Line {reader.line_num + skipped} is not CSV ({error}): is a quotation mark left open?"
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


def _after_hint(text: str, delimiter_of: Callable[[str], str]) -> tuple[str, str, int]:
    """The table, its delimiter, and how many lines stand before it.

    Excel writes and reads a first line such as ``sep=;``, which is no header.
    """
    hint = _HINT.match(text)
    if hint is None:
        return text, delimiter_of(text), 0
    if hint[1] not in DELIMITERS:
        raise FileRefusedError(
            f"The file is separated by {excerpt(hint[1])}, as its first line says. Separate it by "
            "commas, semicolons or tabs."
        )
    return text[hint.end() :], hint[1], 1


def _delimiter(text: str) -> str:
    """The one that the header has most of; no name of a column holds any."""
    header = text.lstrip("\r\n").partition("\n")[0][:10_000]
    return max(DELIMITERS, key=header.count)
