"""Text in a file is never a formula, and comes back as it was."""

import csv
import io

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.cells import DANGEROUS, from_xml, guard, to_xml, unguard
from common.sheets import Sheet, csv_lines, workbook
from exchange.reading import csv_file, xlsx_file

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
HOSTILE = st.builds(
    lambda quotes, first, rest: "'" * quotes + first + rest,
    st.integers(0, 3),
    st.sampled_from(DANGEROUS),
    TEXT,
)
CELL = TEXT | HOSTILE


@given(CELL)
@example("=cmd|' /C calc'!A0")
@example("'=1")
@example("\t=1")
def test_a_guarded_cell_is_not_evaluated_and_comes_back(text: str) -> None:
    assert guard(text)[:1] not in set(DANGEROUS)
    assert unguard(guard(text)) == text


@given(CELL)
@example("_x0041_")
@example("\r\n\x01")
def test_what_xml_cannot_hold_comes_back(text: str) -> None:
    assert from_xml(to_xml(text)) == text


@pytest.mark.parametrize("text", ["_x0000_", "_xD800_", "_xdfff_", "_xDBFF_"])
def test_what_would_be_no_character_stays_as_it_stands_in_the_cell(text: str) -> None:
    assert from_xml(text) == text
    assert from_xml(to_xml(text)) == text


@pytest.mark.parametrize("first", DANGEROUS, ids=[f"{ord(one):x}" for one in DANGEROUS])
def test_each_dangerous_beginning_is_text_in_both_kinds_of_file(first: str) -> None:
    text = f"{first}1+1"
    sheet = Sheet("series", ("venue", "series"), [("hall", text)])
    lines = list(csv_lines(sheet))
    [[_venue, written]] = csv.reader(io.StringIO(lines[1], newline=""))
    assert written == f"'{text}"
    with workbook([sheet]) as file:
        cell = openpyxl.load_workbook(file)["series"]["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


@given(st.lists(CELL, min_size=1, max_size=5))
def test_a_csv_file_comes_back(texts: list[str]) -> None:
    sheet = Sheet("series", ("venue", "series"), [("hall", text) for text in texts])
    content = "".join(csv_lines(sheet)).encode()
    found = [cells[1] or "" for _line, cells, _wrong in csv_file.lines(content)]
    assert found == ["series", *texts]


@given(st.lists(CELL, min_size=1, max_size=5))
def test_a_workbook_comes_back(texts: list[str]) -> None:
    sheet = Sheet("series", ("venue", "series"), [("hall", text) for text in texts])
    with workbook([sheet]) as file:
        [(_title, lines)] = [
            (title, list(rows)) for title, rows in xlsx_file.sheets(file.read(), known={"series"})
        ]
    found = [(cells[1] if len(cells) > 1 else "") or "" for _line, cells, _wrong in lines]
    assert found == ["series", *texts]
