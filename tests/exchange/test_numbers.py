"""A number in a file has one meaning, or the file says which is meant."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from allocations.models import Listing
from events.models import Pool
from exchange.cell_types import BadCell, Money, Percent, Text, Whole
from exchange.dry_run_cells import Share, ShareCell
from exchange.numbers import AmbiguousNumberError, NotANumberError, read_number
from tests.exchange.conftest import LOCAL
from tests.exchange.files import check, check_rows, confirm, csv_bytes, problems, saved
from tests.factories import Stage
from tests.proofs import nothing_changed

UTC = ZoneInfo("UTC")

ONE_MEANING = {
    "1500": "1500",
    "1,87,870": "187870",
    "12,34,567.50": "1234567.50",
    "1,234,567": "1234567",
    "1.234.567": "1234567",
    "1.234.567,5": "1234567.5",
    "1,500.00": "1500.00",
    "1.500,00": "1500.00",
    "1 500": "1500",
    "1\u00a0500": "1500",
    "1\u202f87\u202f870": "187870",
    "1'500.25": "1500.25",
    "1’500": "1500",
    "1,5": "1.5",
    "1.50": "1.50",
    "0,500": "0.500",
    "1499.100": "1499.100",
    "-3": "-3",
    "−3": "-3",
    "१५००": "1500",
    "१,८७,८७०.५०": "187870.50",
    "١٬٥٠٠": "1500",
    "١٫٥": "1.5",
    "１５００": "1500",
}
TWO_MEANINGS = {
    "1,500": ("1500", "1.500"),
    "1.500": ("1500", "1.500"),
    "187,870": ("187870", "187.870"),
    "-1,500": ("-1500", "-1.500"),
    "१,५००": ("1500", "1.500"),
}
NO_MEANING = (
    *(
        "",
        " ",
        "1,50,0",
        "1,5000,000",
        "1 50",
        "0,500,000",
        "1,500,00.5",
        "1.5.5",
        "1,",
        ",5",
        "1e3",
    ),
    *(
        "1,500.000.5",
        "+5",
        "(5)",
        "5-",
        "₹1500",
        "1500 INR",
        "1१",
        "1_500",
        "NaN",
        "1\n500",
        "½",
        "²",
    ),
)


@pytest.mark.parametrize("text", ONE_MEANING)
def test_a_number_with_one_meaning_is_read(text: str) -> None:
    assert str(read_number(text)) == ONE_MEANING[text]


@pytest.mark.parametrize("text", TWO_MEANINGS)
def test_a_number_with_two_meanings_is_told_with_both(text: str) -> None:
    with pytest.raises(AmbiguousNumberError) as refusal:
        read_number(text)
    assert (str(refusal.value.grouped), str(refusal.value.fraction)) == TWO_MEANINGS[text]


@pytest.mark.parametrize("text", NO_MEANING)
def test_what_is_no_number_in_any_style_is_none(text: str) -> None:
    with pytest.raises(NotANumberError):
        read_number(text)


@given(st.text("0123456789,.' -\u00a0٫٬१", max_size=12))
def test_no_text_has_a_meaning_with_other_digits(text: str) -> None:
    try:
        number = read_number(text)
    except (NotANumberError, AmbiguousNumberError):
        return
    digits = [str(int(letter)) for letter in text if letter.isdecimal()]
    assert "".join(letter for letter in f"{number:f}" if letter.isdecimal()).lstrip("0") == (
        "".join(digits).lstrip("0")
    )


CELLS: list[tuple[Any, Any, str]] = [
    (Money(), "1,500", "“1,500” can be read as 1500 and as 1.500. Write the number without"),
    (Money(), "1.500", "“1.500” can be read as 1500 and as 1.500. Write the number without"),
    (Money(), Percent(0.5), "“50%” is no amount such as 1499.50."),
    (Money(), True, "“yes” is no amount such as 1499.50."),
    (Money(), "1,2345", "has more than two decimals"),
    (Money(), 1e300, "is no amount such as 1499.50."),
    (Whole(), "1,000", "“1,000” can be read as 1000 and as 1.000."),
    (Whole(), Percent(1.0), "“100%” is no whole number such as 250."),
    (Whole(), "1,5", "“1,5” is no whole number such as 250."),
    (ShareCell(), "1,500", "“1,500” can be read as 1500 and as 1.500."),
    (ShareCell(), "12,500%", "“12,500” can be read as 12500 and as 12.500."),
    (Text(), 12345678901234567, "a number of which digits may be lost"),
    (Text(), 3.1, "The cell holds a number of which digits may be lost (“3.1”), and not text."),
    (Text(), True, "The cell holds yes or no"),
    (Text(), Percent(0.5), "The cell holds a percentage (“50%”), and not text."),
]


@pytest.mark.parametrize(("kind", "raw", "message"), CELLS, ids=lambda one: str(one)[:24])
def test_a_cell_that_may_mean_another_number_is_refused(kind: Any, raw: Any, message: str) -> None:
    with pytest.raises(BadCell) as refusal:
        kind.read(raw, UTC)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Money(), 1499.1000000000001, Decimal("1499.10")),
        (Money(), 1500, Decimal("1500.00")),
        (Money(), "1,87,870", Decimal("187870.00")),
        (Whole(), 250.0, 250),
        (Whole(), "1 500", 1500),
        (ShareCell(), Percent(1.0), Share(None, Decimal(100))),
        (ShareCell(), Percent(0.333), Share(None, Decimal("33.3"))),
        (ShareCell(), "12,5 %", Share(None, Decimal("12.5"))),
        (ShareCell(), "٣", Share(3, None)),
        (Text(), 1984, "1984"),
    ],
    ids=str,
)
def test_a_cell_with_one_meaning_is_read(kind: Any, raw: Any, value: Any) -> None:
    assert kind.read(raw, UTC) == value


@pytest.mark.django_db
def test_a_price_with_two_meanings_is_refused_in_both_kinds_of_file(
    stage: Stage, manager: User
) -> None:
    row = {
        "venue": stage.event.venue.slug,
        "event": "Gala",
        "starts_at": LOCAL,
        "item": "Ticket",
        "channel": "agent",
        "price": "1,500",
    }
    with nothing_changed():
        for run in (check(manager, csv_bytes([row])), check_rows(manager, "listings", row)):
            [(number, column, message)] = problems(run)
            assert (number, column) == (2, "price")
            assert message.startswith("“1,500” can be read as 1500 and as 1.500.")


@pytest.mark.django_db
def test_a_cell_formatted_as_percent_is_a_percentage(stage: Stage, manager: User) -> None:
    book = openpyxl.Workbook()
    book.active.title = "listings"
    book.active.append(["venue", "event", "starts_at", "item", "channel", "price"])
    book.active.append([stage.event.venue.slug, "Gala", LOCAL, "Ticket", "web", 0.5])
    book.active["F2"].number_format = "0%"
    [(_row, column, message)] = problems(check(manager, saved(book), "x.xlsx"))
    assert (column, message) == ("price", "“50%” is no amount such as 1499.50.")


@pytest.mark.django_db
def test_the_dry_run_shows_what_new_rows_would_sell_and_when(stage: Stage, manager: User) -> None:
    Listing.objects.all().delete()
    event = {"venue": stage.event.venue.slug, "event": "Gala", "starts_at": LOCAL}
    run = check_rows(
        manager,
        "listings",
        {**event, "item": "Ticket", "channel": "web", "price": "1,500.50", "limit": "1 500"},
    )
    assert run.changes == [
        [
            "listings",
            2,
            str(Listing(item=stage.items["Ticket"], channel=stage.channels["web"])),
            [
                ["price", "", "1500.50"],
                ["price_floor", "", "none"],
                ["price_ceiling", "", "none"],
                ["limit", "", "1500"],
                ["sales_from", "", "at once"],
                ["sales_until", "", "to the end"],
            ],
            True,
        ]
    ]
    run = check_rows(manager, "pools", {**event, "pool": "Balcony", "capacity": "1,87,870"})
    assert run.changes == [["pools", 2, "Balcony", [["capacity", "", "187870"]], True]]
    confirm(run)
    assert Pool.objects.get(name="Balcony").capacity == 187_870
    new = {"venue": event["venue"], "event": "Matinee", "starts_at": "2030-12-06 15:00"}
    [[_sheet, _row, name, values, is_new]] = check_rows(manager, "events", new).changes
    assert (name, is_new) == ("Matinee, 6 Dec 2030", True)
    assert values == [
        ["starts_at", "", "2030-12-06 15:00"],
        ["sales_from", "", "at once"],
        ["sales_until", "", "to the end"],
    ]
