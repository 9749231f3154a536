"""What a spreadsheet makes of a file is said, and not imported unseen."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from accounts.models import User
from events.models import Pool, Series, Venue
from exchange.enums import RunState
from exchange.reading.hidden import hidden_columns, hidden_rows, spans
from exchange.reports import REPORTS
from tests.exchange.conftest import LOCAL
from tests.exchange.files import check, check_rows, csv_bytes, imported, problems, saved
from tests.factories import Stage
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        (
            datetime(2026, 12, 10),  # noqa: DTZ001 - as openpyxl reads it
            "a date (“2026-12-10 00:00:00”)",
        ),
        (date(2026, 12, 10), "a date"),
        (time(19, 30), "a time (“19:30:00”)"),
        (True, "yes or no"),
        (12345678901234567890, "a number of which digits may be lost"),
        (2.5, "a number of which digits may be lost (“2.5”)"),
    ],
    ids=str,
)
@pytest.mark.parametrize("column", ["pool", "event", "series"])
def test_a_cell_of_another_kind_is_no_name(
    cell: Any, what: str, column: str, stage: Stage, manager: User
) -> None:
    row = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    more = {"pool": "New", "capacity": 5} if column == "pool" else {}
    table = "pools" if column == "pool" else "events"
    with nothing_changed():
        run = check_rows(manager, table, {**row, **more, column: cell})
    [(number, where, message)] = problems(run)
    assert (number, where) == (2, column)
    assert message.startswith(f"The cell holds {what}")
    assert message.endswith("and not text. Format the cell as text, and type what is meant.")


def series_book(venue: Venue, rows: int = 1) -> Any:
    book = openpyxl.Workbook()
    book.active.title = "series"
    book.active.append(["venue", "series"])
    for number in range(rows):
        book.active.append([venue.slug, f"Nights {number}"])
    return book


def hide_rows(book: Any) -> None:
    for number in (3, 5, 6, 7):
        book.active.row_dimensions[number].hidden = True


def filter_rows(book: Any) -> None:
    book.active.auto_filter.ref = "A1:B8"
    book.active.row_dimensions[4].hidden = True


def hide_column(book: Any) -> None:
    book.active.column_dimensions["B"].hidden = True


def hide_sheet(book: Any) -> None:
    book.create_sheet("Notes")
    book["series"].sheet_state = "hidden"
    book.active = 1


def hide_sheet_well(book: Any) -> None:
    hide_sheet(book)
    book["series"].sheet_state = "veryHidden"


@pytest.mark.parametrize(
    ("hide", "message"),
    [
        (hide_rows, "Hidden in “series”, by a filter or by hand: rows 3, 5 to 7. Show them"),
        (filter_rows, "Hidden in “series”, by a filter or by hand: rows 4. Show them"),
        (hide_column, "Hidden in “series”, by a filter or by hand: columns B. Show them"),
        (hide_sheet, "The sheet “series” is hidden. Unhide it"),
        (hide_sheet_well, "The sheet “series” is hidden. Unhide it"),
    ],
)
def test_what_a_workbook_hides_is_said_and_not_imported(
    hide: Callable[[Any], None], message: str, venue: Venue, keeper: User
) -> None:
    book = series_book(venue, rows=7)
    hide(book)
    run = check(keeper, saved(book), "x.xlsx")
    assert run.state == RunState.REJECTED
    assert run.message.startswith(message)
    assert not Series.objects.exists()


def test_hidden_rows_and_columns_that_are_empty_hide_nothing(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    book.active.row_dimensions[9].hidden = True
    book.active.column_dimensions["D"].hidden = True
    imported(keeper, saved(book), "x.xlsx")
    assert Series.objects.get().name == "Nights 0"


def test_what_is_hidden_is_read_from_any_writing_of_it() -> None:
    rows = b"""<row r="1"><c/></row><x:row hidden='true' r = "4"/><row hidden="1"/><row ht="0" r="9">
    <rowBreaks hidden="1"/><row r="10" hidden="0"/>"""
    assert hidden_rows(rows) == {4, 5, 9}
    columns = b'<cols><col min="2" max="3" hidden="1"/><col min="5" max="999999999" width="0"/>'
    assert hidden_columns(columns) == {2, 3, 5}
    assert spans([9, 1, 2, 3, 5]) == "1 to 3, 5, 9"


@pytest.mark.parametrize(
    "hint", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r\n', "sep=;;;\n", "\ufeffsep=;\n"]
)
def test_a_first_line_that_names_the_delimiter_is_no_header(
    hint: str, venue: Venue, keeper: User
) -> None:
    run = check(keeper, f"{hint}venue;series\n{venue.slug};A, B\n{venue.slug};A, B".encode())
    assert problems(run) == [(4, "", "The same stands in row 3 already.")]


def test_a_delimiter_that_is_not_read_is_named(venue: Venue, keeper: User) -> None:
    run = check(keeper, b"sep=|\nvenue|series\nx|y")
    assert run.message.startswith("The file is separated by “|”, as its first line says.")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("venue,name,date,seats,price", "match no table. Each needs at least"),
        ("venue,series,order,email,total,paid", "match no table. Each needs at least"),
        (
            ",".join(name for name, _path in REPORTS[0].columns),
            "“CSV” is an export of stock, which is to be read only",
        ),
    ],
)
def test_an_export_of_something_else_is_taken_for_no_table(
    header: str, message: str, venue: Venue, keeper: User
) -> None:
    run = check(keeper, f"{header}\n{venue.slug}\n".encode())
    assert run.state == RunState.REJECTED
    assert message in run.message


def test_a_misspelled_column_says_which_table_the_file_was_taken_for(
    stage: Stage, manager: User
) -> None:
    row = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    content = csv_bytes([{**row, "pool": "New", "capcity": "5"}])
    [(_, column, unknown), (_, _, taken)] = problems(check(manager, content))
    assert (column, unknown[:41]) == ("capcity", "There is no column “capcity” in pools. Th")
    assert taken.startswith("By its columns the file was taken for one of pools.")
    assert not Pool.objects.filter(name="New").exists()
