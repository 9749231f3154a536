"""A row's number as people say it: short, and read out over the telephone without a mistake.

It is the row's number, scrambled so that two of them do not tell how many were sold in between, in
Crockford's base 32 (no I, L, O or U), with one more character that finds a slip: ``7KQM-3X9F``.
"""

import re
from heapq import nsmallest
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Read as people read them.
_READ: Final = {letter: place for place, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LENGTH: Final = 7
_SPACE: Final = 32**_LENGTH
# Odd, and so without a common factor with the space: each row number has one code and each code one row.
_FACTOR: Final = 20_874_512_657
_INVERSE: Final = pow(_FACTOR, -1, _SPACE)
# A prime as near to 32 as there is: weighted sums find each wrong character but 0 for Z, and each pair
# of neighbors that changed places.
_PRIME: Final = 31
# Written in two halves, or at once. A check stands last, and is none of the row's.
_BEGINNING: Final = re.compile(r"[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{0,3}")


def spoken(row: int) -> str:
    """The number of a row as it is said. Raises ``ValueError`` beyond 34 billion rows."""
    if not 0 < row < _SPACE:
        message = f"There is no such number for row {row}."
        raise ValueError(message)
    scrambled = row * _FACTOR % _SPACE
    places = [scrambled // 32**power % 32 for power in reversed(range(_LENGTH))]
    written = "".join(ALPHABET[place] for place in (*places, _check(places)))
    return f"{written[:4]}-{written[4:]}"


def row_of(text: str) -> int | None:
    """The row that a number names, however it was typed; none where it is no number of ours."""
    letters = [letter for letter in text.upper() if letter not in "- "]
    places = [_READ.get(letter, -1) for letter in letters]
    if len(places) != _LENGTH + 1 or -1 in places or places[-1] != _check(places[:-1]):
        return None
    scrambled = 0
    for place in places[:-1]:
        scrambled = scrambled * 32 + place
    return scrambled * _INVERSE % _SPACE or None


def rows_beginning(text: str, most: int) -> list[int]:
    """The lowest row numbers, at most so many, whose numbers begin with ``text``: from four characters on.

    Of four characters a million rows have about one in common, so all that a house has are among the lowest few.
    Nothing where it is no beginning of a number, or a whole one.
    """
    if not _BEGINNING.fullmatch(text):
        return []
    places = [_READ.get(letter, -1) for letter in text.upper() if letter not in "- "]
    if -1 in places:
        return []
    free = 32 ** (_LENGTH - len(places))
    first = 0
    for place in places:
        first = first * 32 + place
    scrambled = range(first * free, (first + 1) * free)
    rows = (number * _INVERSE % _SPACE for number in scrambled)
    return nsmallest(most, filter(None, rows))


def _check(places: list[int]) -> int:
    return sum(weight * place for weight, place in enumerate(places, start=2)) % _PRIME
