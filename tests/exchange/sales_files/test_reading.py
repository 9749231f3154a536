"""Files as people have them: each is read right, or refused with its row, and never half."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from common.errors import InvalidInputError
from exchange.errors import FileRefusedError
from exchange.sales_files import rows as file_rows
from exchange.sales_files.mapping import FileMapping, ready_for
from offline import models
from offline.enums import FileMode
from offline.models import FileLine, SalesFile
from tests.exchange.sales_files.files import (
    HEADINGS,
    channel_of,
    csv,
    make_marketplace,
    read,
    row,
    saved,
    xlsx,
)
from tests.factories import Stage, make_event, make_item
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_marketplace(100, items={"Ticket": {"GA": 1}, "लाउंज": {"GA": 1}})


def lines(file: SalesFile) -> list[tuple[int, Decimal | None, str]]:
    return list(file.lines.order_by("row").values_list("quantity", "unit_price", "fault"))


def set_mapping(stage: Stage, **content: Any) -> None:
    mapping = FileMapping(**content)
    models.FileMapping.objects.create(channel=channel_of(stage), version=1, content=mapping.content)


ONE = [row("A-1", 2)]
SOLD_AT = datetime(2026, 11, 30, 9)  # noqa: DTZ001 - a spreadsheet knows no zone
READ = [(2, Decimal("10.00"), "")]
TEXT = csv([["Diwali Gala", "", "Ticket", "2", "10.00", "A-1", ""]]).decode()


@pytest.mark.parametrize(
    "content",
    [
        csv(ONE),
        csv(ONE, sign=";"),
        csv(ONE, sign="\t"),
        b"\xef\xbb\xbf" + csv(ONE),
        b"sep=;\r\n" + csv(ONE, sign=";"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        csv([[str(cell) for cell in ONE[0]], [""] * 7, [""] * 7]),
        csv(ONE).replace(b"event,", b"Sales of November, all channels\r\n\r\nEVENT ,"),
        csv([*ONE, ["Total", "", "", 2, 20, "", ""]]),
        csv([["diwali  gala", "", "TICKET", "२", "₹ 10.00", "A-1", ""]]),
        xlsx(ONE),
        xlsx([["Diwali Gala", None, "Ticket", 2.0, 10, "A-1", SOLD_AT]]),
        xlsx([["Diwali Gala", None, "Ticket", "2", "10.00", "A-1", 46000.5]]),
    ],
)
def test_the_same_sale_is_read_however_it_is_written(stage: Stage, content: bytes) -> None:
    file = read(stage, content)
    assert lines(file) == READ
    assert file.lines.get().series.startswith("A-1|")


def test_windows_1252_keeps_its_letters(stage: Stage) -> None:
    make_item(stage.event, "Café Terrasse", {stage.pools["GA"]: 1})
    item = stage.event.items.get(name="Café Terrasse")
    channel_of(stage).listings.create(item=item, event=stage.event, price=1)
    file = read(stage, TEXT.replace("Ticket", "Café Terrasse").encode("cp1252"))
    assert file.lines.get().item_id == item.pk


def test_merged_titles_above_and_a_million_empty_rows_below(stage: Stage) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "Sales of November"
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("A1:G1")
    for column, (heading, cell) in enumerate(zip(HEADINGS, ONE[0], strict=True), 1):
        sheet.cell(3, column, heading)
        sheet.cell(4, column, cell)
    sheet.cell(1_048_576, 1).font = Font(bold=True)
    assert lines(read(stage, saved(book))) == READ


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["Nowhere", "", "Ticket", 1, "", "A", ""], "The channel lists no event “Nowhere”."),
        (
            ["Diwali Gala", "", "GOLD", 1, "", "A", ""],
            "The channel lists no item “GOLD” of this event.",
        ),
        (
            ["Diwali Gala", "2020-01-01", "Ticket", 1, "", "A", ""],
            "“Diwali Gala” does not take place on 2020-01-01.",
        ),
        (
            ["Diwali Gala", "soon", "Ticket", 1, "", "A", ""],
            "“soon” is not a date such as 2026-12-05.",
        ),
        (row("A", "1.5"), "1.5 is no number of tickets from 0 to 10000."),
        (row("A", "-1"), "-1 is no number of tickets from 0 to 10000."),
        (row("A", "10001"), "10001 is no number of tickets from 0 to 10000."),
        (
            row("A", 1, price='"1,500"'),
            "“1,500” can be 1500 or 1.500: say in the mapping after which sign decimals stand.",
        ),
        (
            row("A", 1, price="10.001"),
            "“10.001” can be 10001 or 10.001: say in the mapping after which sign decimals stand.",
        ),
        (row("A", 1, price="-5"), "-5 is no price with two decimals."),
        (row("", 1), "The line has no reference."),
    ],
)
def test_what_cannot_be_read_says_why(stage: Stage, cells: list[Any], said: str) -> None:
    file = read(stage, csv([row("B"), cells]))
    assert [fault for _count, _price, fault in lines(file)] == ["", said]


def test_a_formula_is_no_number(stage: Stage) -> None:
    file = read(stage, xlsx([row("A", "=1+1")]))
    assert lines(file) == [(0, None, "The cell holds a formula. Put its value there.")]


@pytest.mark.parametrize(
    ("decimal", "text", "price"),
    [
        (".", '"1,500"', "1500.00"),
        (",", '"1.500"', "1500.00"),
        (",", '"1,50"', "1.50"),
        ("", '"₹1,87,870.50"', "187870.50"),
        ("", '"Rs. 450/-"', "450.00"),
        ("", "१२३", "123.00"),
    ],
)
def test_numbers_are_read_as_the_mapping_says(
    stage: Stage, decimal: str, text: str, price: str
) -> None:
    columns = {role: role for role in HEADINGS}
    set_mapping(stage, mode=FileMode.LINES, columns=columns, decimal=decimal)
    assert lines(read(stage, csv([row("A", 1, price=text)]))) == [(1, Decimal(price), "")]


def test_words_of_the_file_stand_for_ours(stage: Stage) -> None:
    set_mapping(
        stage,
        mode=FileMode.LINES,
        columns={"event": "Show", "item": "Class", "reference": "Booking"},
        items={"GOLD": "लाउंज"},
        events={"DG26": "Diwali Gala"},
    )
    file = read(stage, csv([["dg26", "gold", "X1"]], ("Show", "Class", "Booking")))
    assert (file.lines.get().item_id, file.lines.get().quantity) == (stage.items["लाउंज"].pk, 1)


def test_of_two_dates_the_file_says_which(stage: Stage) -> None:
    second = make_event(
        stage.event.venue,
        name="Diwali Gala",
        starts_at=stage.event.starts_at + timedelta(days=1),
    )
    item = make_item(second, "Ticket", {})
    channel_of(stage).listings.create(item=item, event=second, price=1)
    day = second.starts_at.astimezone(second.venue.zone)
    file = read(
        stage, csv([["Diwali Gala", f"{day:%d/%m/%Y}", "Ticket", 1, "", "A", ""], row("B")])
    )
    first, other = file.lines.order_by("row")
    assert first.event_id == second.pk
    assert other.fault.startswith("There are 2 dates of “Diwali Gala”")


def test_what_was_canceled_in_another_system_counts_as_none(stage: Stage) -> None:
    headings = (
        "Event slug",
        "Order code",
        "Position ID",
        "Status",
        "Email",
        "Order date",
        "Product",
        "Price",
    )
    made = [
        ["Diwali Gala", "QX7", position, status, "a@example.com", "2026-11-30", "Ticket", "10.00"]
        for position, status in ((1, "Paid"), (2, "Paid"), (3, "Canceled"))
    ]
    file = read(stage, csv(made, headings))
    assert sum(file.lines.values_list("quantity", flat=True)) == 2
    attendees = (
        "Order #",
        "Order Date",
        "First Name",
        "Event Name",
        "Ticket Type",
        "Attendee Status",
    )
    mapping = ready_for([heading.lower() for heading in attendees])
    assert mapping is not None
    assert mapping.columns["reference"] == "Order #"


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 260_000_000)
    return content.getvalue()


def two_sheets() -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet("Other")
    return saved(book)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: b"", "The file is empty."),
        (
            lambda: b"a,b\r\n1,2\r\n",
            "No row has the headings of the channel's mapping. The first row has: “a”, “b”.",
        ),
        (bomb, "The workbook unpacks to 260000000 bytes"),
        (two_sheets, "The workbook has 2 sheets that can be seen"),
        (lambda: b"PK\x03\x04 nothing", "is no Excel workbook that can be read"),
        (
            lambda: csv(ONE).replace(b"Ticket", b"Tick\x81t"),
            "The file is text in no known encoding.",
        ),
        (lambda: csv([*ONE, ['"open', "", "", "", "", "", ""]]), "is not CSV"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(
    stage: Stage, content: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(FileRefusedError, match=said.replace("“", ".").split(":", maxsplit=1)[0]):
        read(stage, content())
    assert not SalesFile.objects.exists()
    assert not FileLine.objects.exists()


def test_too_many_lines_are_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rows, "MAX_LINES", 2)
    with pytest.raises(FileRefusedError, match="more than 2 lines"):
        read(stage, csv([row("A"), row("B"), row("C")]))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"columns": {"item": "a", "reference": "b", "event": "c", "color": "d"}}, "columns"),
        ({"columns": {"item": "a", "event": "c"}}, "columns"),
        ({"columns": {"item": "a", "reference": "A", "event": "c"}}, "columns"),
        ({"decimal": "'"}, "decimal"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(change: dict[str, Any], field: str) -> None:
    content = {
        "mode": FileMode.LINES,
        "columns": {"item": "a", "reference": "b", "event": "c"},
    }
    with pytest.raises(InvalidInputError) as refused:
        FileMapping(**content | change)
    assert refused.value.field == field
