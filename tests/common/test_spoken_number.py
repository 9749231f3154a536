"""A row's number can be read out, and a slip is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.spoken_number import ALPHABET, row_of, rows_beginning, spoken

ROWS = st.integers(1, 32**7 - 1)


@given(ROWS)
def test_a_number_leads_back_to_its_row(row: int) -> None:
    assert row_of(spoken(row)) == row


def test_a_number_is_short_and_does_not_count_rows() -> None:
    first, second = spoken(1), spoken(2)
    assert len(first) == len(second) == len("7KQM-3X9F")
    assert first[:3] != second[:3]


@given(ROWS)
def test_small_letters_spaces_and_letters_that_look_like_digits_are_read(row: int) -> None:
    said = spoken(row).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert row_of(said) == row


@given(ROWS, st.integers(0, 6), st.sampled_from(ALPHABET[1:-1]))
def test_one_wrong_character_is_found(row: int, at: int, letter: str) -> None:
    right = spoken(row).replace("-", "")
    wrong = right[:at] + letter + right[at + 1 :]
    if wrong == right or {right[at], letter} == {"0", "Z"}:
        return
    assert row_of(wrong) is None


@given(ROWS, st.integers(0, 5))
def test_two_neighbors_that_changed_places_are_found(row: int, at: int) -> None:
    right = spoken(row).replace("-", "")
    one, other = right[at], right[at + 1]
    if one == other or {one, other} == {"0", "Z"}:
        return
    assert row_of(right[:at] + other + one + right[at + 2 :]) is None


@pytest.mark.parametrize("text", ["", "Priya", "7KQM", "7KQM-3X9U", "7KQM-3X9F-7KQM-3X9F"])
def test_what_is_no_number_names_no_row(text: str) -> None:
    assert row_of(text) is None


@given(st.integers(1, 1_000_000), st.integers(4, 7), st.booleans())
def test_a_row_is_found_by_the_beginning_of_its_number(row: int, letters: int, typed: bool) -> None:
    said = spoken(row)
    begun = said[:letters].lower() if typed and letters == 4 else said[: letters + (letters > 4)]
    assert row in rows_beginning(begun, 50)


@pytest.mark.parametrize("text", ["", "7KQ", "7KQM-3X9F", "7KQM--3", "7U__", "UUUU", "7KQM 3X9 F"])
def test_what_begins_no_number_names_no_rows(text: str) -> None:
    assert rows_beginning(text, 50) == []


@pytest.mark.parametrize("row", [0, -1, 32**7])
def test_a_row_outside_the_space_has_no_number(row: int) -> None:
    with pytest.raises(ValueError, match="no such number"):
        spoken(row)
