"""What a workbook hides: rows and columns that a filter or a person has put out of sight.

openpyxl reads their cells like all others. Whoever filtered a sheet to the rows that they want to
import would import the rest unseen.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

# Never past the next “<”: of many beginnings, as a comment may hold, each would go to the end.
_ROW = re.compile(rb"<(?:\w+:)?row\b([^<>]*)")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^<>]*)")
_ATTRIBUTE = re.compile(rb"\b([\w:]+)\s*=\s*[\"']([^\"'<>]*)[\"']")
_YES = {b"1", b"true"}
# A row or column of no size is as good as hidden.
_SIZES = (b"ht", b"width")
_MAX_COLUMN = 16_384


def hidden_rows(sheet: bytes) -> frozenset[int]:
    """The numbers of the rows that the sheet's XML hides."""
    return frozenset(_hidden_rows(sheet))


def _hidden_rows(sheet: bytes) -> Iterator[int]:
    number = 0
    for match in _ROW.finditer(sheet):
        attributes = _attributes(match[1])
        number = _number(attributes.get(b"r"), number + 1)
        if _is_hidden(attributes):
            yield number


def hidden_columns(sheet: bytes) -> frozenset[int]:
    """The places of the columns that it hides, counted from 1."""
    places: set[int] = set()
    for match in _COLUMN.finditer(sheet):
        attributes = _attributes(match[1])
        if _is_hidden(attributes):
            first = _number(attributes.get(b"min"), 1)
            last = _number(attributes.get(b"max"), first)
            places.update(range(first, min(last, _MAX_COLUMN) + 1))
    return frozenset(places)


def spans(numbers: Collection[int]) -> str:
    """``3, 5 to 9``: numbers as a sentence has them."""
    runs: Iterable[list[int]] = (
        [number for _place, number in group]
        for _start, group in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0])
    )
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: value.strip() for name, value in _ATTRIBUTE.findall(text)}


def _is_hidden(attributes: dict[bytes, bytes]) -> bool:
    return attributes.get(b"hidden") in _YES or any(
        re.fullmatch(rb"0+(\.0*)?", attributes.get(name, b"")) for name in _SIZES
    )


def _number(text: bytes | None, otherwise: int) -> int:
    return int(text) if text is not None and re.fullmatch(rb"[0-9]{1,7}", text) else otherwise
