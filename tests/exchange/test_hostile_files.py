"""A file that cannot be read is refused with a sentence; none is a failure of the program."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from accounts.models import User
from events.models import Event, Series, Venue
from exchange.enums import RunState
from exchange.models import MAX_ROWS
from exchange.reading import xlsx_file
from tests.exchange.files import check, csv_bytes, imported, problems, saved, xlsx_bytes

pytestmark = pytest.mark.django_db

GOOD = "venue,series\r\n{slug},Nights\r\n"


def refused(user: User, content: bytes, name: str = "season.csv") -> str:
    run = check(user, content, name)
    assert run.state == RunState.REJECTED, (run.state, run.message)
    assert run.problem_count == 1
    assert not Series.objects.exists()
    return run.message


# --- CSV ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "marked"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_csv_as_programs_write_it(
    bom: str, delimiter: str, end: str, venue: Venue, keeper: User
) -> None:
    text = delimiter.join(("venue", "series")) + end + f"{venue.slug}{delimiter}“Ñ” 1"
    imported(keeper, (bom + text).encode())
    assert Series.objects.get().name == "“Ñ” 1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("venue,series\nx,Ñ".encode("latin-1"), "not in UTF-8: byte 16, in line 2"),
        ("venue,series\nx,y".encode("utf-16"), "UTF-16"),
        (b'venue,series\nx,"y', "is a quotation mark left open?"),
        (b'venue,series\nx,"' + b"y" * 200_000 + b'"', "not CSV (field larger than field limit"),
        (b"venue," * 800_000, "800001 columns; there are at most 100"),
        (b"venue,series", "no rows below its header"),
        (b"\n\n \n,,\n", "is empty: its first row names columns"),
        (b"name,price\nx,1", "match no table. Each needs at least – venues: venue;"),
        (b"\x00\x01\x02\xff", "not in UTF-8"),
    ],
    ids=[
        "latin-1",
        "utf-16",
        "open quote",
        "long cell",
        "wide",
        "no rows",
        "blank",
        "unknown",
        "binary",
    ],
)
def test_csv_that_cannot_be_read(content: bytes, message: str, venue: Venue, keeper: User) -> None:
    assert message in refused(keeper, content)


def test_a_header_is_told_all_that_is_wrong_with_it(venue: Venue, keeper: User) -> None:
    content = b"venue,series,starts,venue,,x\nx,y,z,x,,y"
    found = problems(check(keeper, content, table="events"))
    assert {(row, column) for row, column, _ in found} == {
        (1, "venue"),
        (1, "starts"),
        (1, "event"),
        (1, "starts_at"),
        (1, ""),
        (1, "x"),
    }
    assert any(message == "The column is missing." for *_, message in found)
    assert any(message == "Two columns have this name." for *_, message in found)
    assert any(
        message.startswith("There is no column “starts” in events.") for *_, message in found
    )


def test_a_cell_beyond_the_header_is_named(venue: Venue, keeper: User) -> None:
    content = f"venue,series\n{venue.slug},Nights,more".encode()
    [(row, column, message)] = problems(check(keeper, content))
    assert (row, column) == (2, "")
    assert message == "“more” stands beyond the last column of the header."


def test_a_nul_character_is_refused_by_name(venue: Venue, keeper: User) -> None:
    content = f"venue,series\n{venue.slug},Ni\x00ghts\n\x00,x".encode()
    found = problems(check(keeper, content))
    assert [(row, column) for row, column, _ in found] == [(2, "series"), (3, "venue")]
    assert found[0][2] == "“Ni\ufffdghts” holds a NUL character."


def test_too_many_rows_are_refused(venue: Venue, keeper: User) -> None:
    rows = [{"venue": "x", "series": str(n)} for n in range(MAX_ROWS + 1)]
    assert "more than 20000 rows" in refused(keeper, csv_bytes(rows))


# --- XLSX -----------------------------------------------------------------------------------


def changed(content: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts written otherwise."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.namelist():
            body = old.read(entry)
            new.writestr(entry, change(body) if entry == path else body)
    return file.getvalue()


def series_book(venue: Venue) -> Any:
    book = openpyxl.Workbook()
    book.active.title = "series"
    book.active.append(["venue", "series"])
    book.active.append([venue.slug, "Nights"])
    return book


SHEET = "xl/worksheets/sheet1.xml"
UNREADABLE = "no Excel workbook that can be read"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
    b'<!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: ENTITIES + body.replace(b"Nights", b"&b;"),
        lambda body: ENTITIES + body.replace(b"Nights", b"&x;"),
        lambda body: body[: len(body) // 2],
        lambda _body: b"",
        lambda body: body.replace(b'r="A1"', b'r="ZZZZZZ1"'),
        lambda body: body.replace(b'r="2"', b'r="x"'),
    ],
    ids=["entities", "external", "cut", "empty", "column", "row"],
)
def test_a_broken_or_hostile_sheet_is_refused(
    change: Callable[[bytes], bytes], venue: Venue, keeper: User
) -> None:
    content = changed(saved(series_book(venue)), SHEET, change)
    assert UNREADABLE in refused(keeper, content, "x.xlsx")


@pytest.mark.parametrize("path", ["xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"])
def test_a_broken_or_hostile_part_is_refused(path: str, venue: Venue, keeper: User) -> None:
    content = changed(saved(series_book(venue)), path, lambda body: ENTITIES + body[40:])
    assert UNREADABLE in refused(keeper, content, "x.xlsx")


SHARED = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


@pytest.mark.parametrize(("head", "text"), [(b"", b"Nights"), (ENTITIES, b"&b;")])
def test_text_that_is_kept_apart_as_excel_does_is_read_and_no_entities_are(
    head: bytes, text: bytes, venue: Venue, keeper: User
) -> None:
    content = changed(
        saved(series_book(venue)), "[Content_Types].xml", lambda b: b.replace(b"</Types>", SHARED)
    )
    content = changed(
        content,
        SHEET,
        lambda b: b.replace(b't="inlineStr"><is><t>Nights</t></is>', b't="s"><v>0</v>'),
    )
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            head
            + b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
            + text
            + b"</t></si></sst>",
        )
    if head:
        assert UNREADABLE in refused(keeper, file.getvalue(), "x.xlsx")
    else:
        imported(keeper, file.getvalue(), "x.xlsx")
        assert Series.objects.get().name == "Nights"


def test_what_only_begins_like_an_archive_is_refused(venue: Venue, keeper: User) -> None:
    assert UNREADABLE in refused(keeper, b"PK\x03\x04 and no more", "x.xlsx")


def test_a_zip_bomb_is_not_unpacked(
    venue: Venue, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (xlsx_file.LARGEST_UNPACKED + 1))
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_args: pytest.fail("it was unpacked"))
    assert "unpacks to 60000001 bytes" in refused(keeper, file.getvalue(), "x.xlsx")


def test_a_row_far_down_is_refused(venue: Venue, keeper: User) -> None:
    content = changed(
        saved(series_book(venue)),
        SHEET,
        lambda body: body.replace(b'r="2"', b'r="99999999999"').replace(b'r="A2"', b""),
    )
    assert "goes beyond row 50000" in refused(keeper, content, "x.xlsx")


def test_a_cell_far_to_the_right_is_refused(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    book.active["XFD2"] = "far"
    assert "in column XFD; there are at most 100" in refused(keeper, saved(book), "x.xlsx")


def test_merged_cells_are_refused_by_name(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    book.active.merge_cells("A2:A3")
    assert "The cells A2:A3 of “series” are merged." in refused(keeper, saved(book), "x.xlsx")


def test_many_beginnings_of_merged_cells_in_a_comment_cost_no_more_than_their_length(
    venue: Venue, keeper: User
) -> None:
    """Each looked through to the end of the sheet would take minutes."""
    comment = b"<!--" + b"<mergeCell " * 60_000 + b"--></worksheet>"
    content = changed(
        saved(series_book(venue)), SHEET, lambda body: body.replace(b"</worksheet>", comment)
    )
    before = time.process_time()
    imported(keeper, content, "x.xlsx")
    assert time.process_time() - before < 10
    assert Series.objects.get().name == "Nights"


def test_half_a_character_is_the_text_that_stands_there(venue: Venue, keeper: User) -> None:
    rows = [{"venue": venue.slug, "series": "_xD800_ and _x0000_"}]
    imported(keeper, xlsx_bytes({"series": rows}), "x.xlsx")
    assert Series.objects.get().name == "_xD800_ and _x0000_"


def test_an_unknown_sheet_is_refused_by_name(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    book.create_sheet("Sheet2")
    message = refused(keeper, saved(book), "x.xlsx")
    assert message.startswith("There is no sheet “Sheet2” here. There are: venues, series,")


def test_two_sheets_of_one_table_are_refused(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    copy = book.copy_worksheet(book.active)
    copy.title = "Series "
    assert refused(keeper, saved(book), "x.xlsx") == "Two sheets are called series."


def test_formulas_and_error_cells_are_refused_by_name(venue: Venue, keeper: User) -> None:
    book = series_book(venue)
    book.active.append([venue.slug, '=HYPERLINK("http://x","y")'])
    book.active.append([venue.slug, "#REF!"])
    book.active["B4"].data_type = "e"
    assert problems(check(keeper, saved(book), "x.xlsx")) == [
        (3, "series", "The cell holds a formula. Put its value there."),
        (4, "series", "The cell holds an error, “#REF!”."),
    ]


def test_dates_and_numbers_may_be_cells_of_either_kind(venue: Venue, keeper: User) -> None:
    slug = venue.slug
    excel = datetime(2030, 1, 1, 19, 30, 0, 400_000)  # noqa: DTZ001 - as Excel has it, on no clock
    rows: list[dict[str, Any]] = [
        {"venue": slug, "event": 2030, "starts_at": excel},
        {"venue": slug, "event": "2031", "starts_at": "2030-01-01 19:30:00"},
    ]
    imported(keeper, xlsx_bytes({"events": rows}), "x.xlsx")
    made = Event.objects.order_by("name")
    assert [(event.name, event.starts_at.isoformat()) for event in made] == [
        ("2030", "2030-01-01T14:00:00+00:00"),
        ("2031", "2030-01-01T14:00:00+00:00"),
    ]
