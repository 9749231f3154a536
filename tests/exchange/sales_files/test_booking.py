"""A file books the difference to what was reported before; the same file twice changes nothing."""

from decimal import Decimal
from unittest.mock import patch

import pytest

from common.actor import SYSTEM
from exchange.sales_files import booking
from exchange.sales_files.booking import book_file, summary_of, take_back_gone, undo_file
from offline.enums import FileMode, FileState
from offline.models import Conflict, FileLine, FileMapping, Report
from offline.sync import sync
from sales.models import Booking
from tests.exchange.sales_files.files import HEADINGS, csv, make_marketplace, read, row, take
from tests.factories import Counters, Stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_marketplace(100)


def kept_of(stage: Stage) -> dict[str, list[tuple[int, Decimal]]]:
    """Reference → tickets that stand, with their price."""
    found: dict[str, list[tuple[int, Decimal]]] = {}
    for sold in Booking.objects.filter(event=stage.event).order_by("pk").prefetch_related("lines"):
        for line in sold.lines.all():
            if line.kept:
                found.setdefault(sold.reference, []).append((line.kept, line.unit_price))
    return found


def test_each_line_becomes_a_booking(stage: Stage) -> None:
    file, summary = take(stage, csv([row("A-1", 2), row("A-2", 3, price="8.50")]))
    assert (summary.lines, summary.new, summary.added, summary.unreadable) == (2, 2, 5, 0)
    assert kept_of(stage) == {"A-1": [(2, Decimal("10.00"))], "A-2": [(3, Decimal("8.50"))]}
    assert stage.counters() == Counters(100, 0, 5, 0)
    file.refresh_from_db()
    assert file.state == FileState.DONE
    assert_reconciled()


def test_the_same_file_twice_changes_nothing(stage: Stage) -> None:
    content = csv([row("A-1", 2), row("A-2", 3), ["?", "", "Ticket", 1, "", "A-3", ""]])
    take(stage, content)
    reports = Report.objects.count()
    _file, summary = take(stage, content)
    assert (summary.known, summary.added, summary.taken_back, summary.unreadable) == (2, 0, 0, 1)
    assert Report.objects.count() == reports
    assert Conflict.objects.count() == 1
    assert stage.counters().sold == 5


def test_a_dry_run_says_what_would_change_and_changes_nothing(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2), row("A-2", 3), row("A-3", 1)]))
    file = read(stage, csv([row("A-1", 5), row("A-2", 1), row("A-3", 1), row("A-4", 7)]))
    with nothing_changed():
        summary = summary_of(file)
    assert (summary.new, summary.changed, summary.known) == (1, 2, 1)
    assert (summary.added, summary.taken_back) == (10, 2)


def test_a_corrected_file_books_the_difference(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2), row("A-2", 3)]))
    take(stage, csv([row("A-1", 5), row("A-2", 1)]))
    assert {name: sum(count for count, _ in lines) for name, lines in kept_of(stage).items()} == {
        "A-1": 5,
        "A-2": 1,
    }
    take(stage, csv([row("A-1", 0), row("A-2", 1)]))
    assert kept_of(stage) == {"A-2": [(1, Decimal("10.00"))]}
    take(stage, csv([row("A-1", 4)]))
    assert stage.counters() == Counters(100, 0, 5, 0)
    assert_reconciled()


def test_another_price_takes_back_and_sells_anew_even_without_room() -> None:
    stage = make_marketplace(3)
    take(stage, csv([row("A-1", 3, price="10.00")]))
    _file, summary = take(stage, csv([row("A-1", 3, price="9.00")]))
    assert (summary.changed, summary.added) == (1, 0)
    assert kept_of(stage) == {"A-1": [(3, Decimal("9.00"))]}
    _file, summary = take(stage, csv([row("A-1", 3, price="9.00")]))
    assert summary.known == 1
    assert_reconciled()


def test_lines_of_one_reference_and_item_are_added_up(stage: Stage) -> None:
    take(stage, csv([row("A-1", 1, price="10.00"), row("A-1", 3, price="8.00")]))
    assert kept_of(stage) == {"A-1": [(4, Decimal("8.50"))]}


def test_what_has_no_stock_is_a_conflict_that_is_reported_once() -> None:
    stage = make_marketplace(3)
    content = csv([row("A-1", 2), row("A-2", 2)])
    _file, summary = take(stage, content)
    assert summary.conflicts == 1
    _file, summary = take(stage, content)
    assert (summary.known, Conflict.objects.count()) == (2, 1)
    take(stage, csv([row("A-2", 0)]))
    assert Conflict.objects.get().resolution == "RETURNED"


def test_counts_so_far_book_what_has_come_since(stage: Stage) -> None:
    headings = ("event", "date", "item", "sold so far")
    for count in (40, 40, 55, 50):
        take(stage, csv([["Diwali Gala", "", "Ticket", count]], headings))
        assert stage.counters().sold == count
    mapping = FileMapping.objects.get()
    assert (mapping.content["mode"], mapping.version) == (FileMode.TOTALS, 1)
    assert_reconciled()


def test_a_large_count_becomes_several_bookings() -> None:
    stage = make_marketplace(30_000)
    take(
        stage,
        csv([["Diwali Gala", "", "Ticket", 25_000]], ("event", "date", "item", "sold so far")),
    )
    assert [count for count, _ in kept_of(stage)["total"]] == [10_000, 10_000, 5_000]


def test_what_is_gone_from_a_file_of_the_whole_is_proposed_as_a_refund(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2), row("A-2", 3)]))
    file, summary = take(stage, csv([row("A-2", 3)]), is_whole=True)
    assert (summary.gone, stage.counters().sold) == (1, 5)
    assert take_back_gone(file, by=SYSTEM) == 2
    assert kept_of(stage) == {"A-2": [(3, Decimal("10.00"))]}
    assert take_back_gone(file, by=SYSTEM) == 0


def test_a_file_is_undone_by_its_exact_inverse(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2), row("A-2", 3)]))
    before = kept_of(stage)
    file, _summary = take(stage, csv([row("A-1", 5), row("A-2", 1), row("A-3", 4)]))
    assert undo_file(file, by=SYSTEM) == 3
    sums = {name: sum(count for count, _ in lines) for name, lines in kept_of(stage).items()}
    assert sums == {name: sum(count for count, _ in lines) for name, lines in before.items()}
    assert undo_file(file, by=SYSTEM) == 0
    file.refresh_from_db()
    assert file.state == FileState.UNDONE
    assert_reconciled()


def test_undoing_brings_back_the_price_of_before_unless_a_later_file_gave_another(
    stage: Stage,
) -> None:
    take(stage, csv([row("A-1", 2, price="10.00"), row("A-2", 1, price="5.00")]))
    second, _ = take(stage, csv([row("A-1", 2, price="8.00"), row("A-2", 1, price="4.00")]))
    take(stage, csv([row("A-2", 1, price="3.00")]))
    assert undo_file(second, by=SYSTEM) == 1
    assert kept_of(stage) == {"A-1": [(2, Decimal("10.00"))], "A-2": [(1, Decimal("3.00"))]}
    assert undo_file(second, by=SYSTEM) == 0
    assert_reconciled()


def test_undoing_sells_again_what_was_gone_and_taken_back(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2), row("A-2", 3)]))
    before = kept_of(stage)
    file, _summary = take(stage, csv([row("A-2", 3)]), is_whole=True)
    take_back_gone(file, by=SYSTEM)
    assert undo_file(file, by=SYSTEM) == 1
    assert kept_of(stage) == before


def test_a_file_that_broke_off_goes_on_where_it_was(stage: Stage) -> None:
    file = read(stage, csv([row(f"A-{number}") for number in range(7)]))
    calls = 0
    real = sync

    def breaks(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)  # type: ignore[arg-type]

    with patch.object(booking, "SERIES_AT_ONCE", 2), patch.object(booking, "sync", breaks):
        with pytest.raises(KeyboardInterrupt):
            book_file(file, by=SYSTEM)
        assert stage.counters().sold == 4
        book_file(file, by=SYSTEM)
    assert stage.counters().sold == 7
    assert Report.objects.count() == 7
    assert_reconciled()


def test_a_line_that_cannot_be_read_is_work_for_a_person_with_its_row(stage: Stage) -> None:
    take(stage, csv([row("A-1"), row("A-2", "many")]))
    conflict = Conflict.objects.get()
    assert conflict.detail == "row 3: “many” is not how many."
    assert conflict.report.said["cells"]["reference"] == "A-2"


def test_who_has_bought_is_not_kept_of_a_line_that_cannot_be_read(stage: Stage) -> None:
    headings = (*HEADINGS, "email")
    take(stage, csv([[*row("A-2", "many"), "asha@example.com"]], headings))
    assert "asha" not in str(Conflict.objects.get().report.said)
    assert "asha" not in str(FileLine.objects.get().cells)


def test_what_is_gone_was_booked_in_part_and_in_conflict_and_all_of_it_goes() -> None:
    stage = make_marketplace(3)
    take(stage, csv([row("A-1", 2), row("A-2", 1), row("A-3", 4)]))
    take(stage, csv([row("A-1", 5)]))  # three more, for which there is no room
    assert Conflict.objects.filter(status="OPEN").count() == 2
    file, summary = take(stage, csv([row("A-2", 1)]), is_whole=True)
    assert (summary.gone, summary.gone_tickets) == (2, 9)
    assert take_back_gone(file, by=SYSTEM) == 9
    assert kept_of(stage) == {"A-2": [(1, Decimal("10.00"))]}
    assert not Conflict.objects.filter(status="OPEN").exists()
    assert_reconciled()
