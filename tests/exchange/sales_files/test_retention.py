"""Lines of sales files are forgotten once nothing can be done with them; what was booked of them can still be undone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.actor import SYSTEM
from exchange.sales_files import retention
from exchange.sales_files.booking import summary_of, take_back_gone, undo_file
from exchange.sales_files.retention import AFTER_THE_END, WAITS, forget_lines
from offline.enums import FileState, LinesState
from offline.models import FileLine, SalesFile
from offline.services import is_step_possible
from tests.exchange.sales_files.files import csv, make_marketplace, read, row, take
from tests.factories import Stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@kept
def stage() -> Stage:
    return make_marketplace(100)


def make_older(file: SalesFile, by: timedelta) -> None:
    now = timezone.now()
    ended = None if file.finished_at is None else now - by
    SalesFile.objects.filter(pk=file.pk).update(
        uploaded_at=now - by, checked_at=now - by, finished_at=ended
    )


def test_what_was_booked_is_known_corrected_and_undone_without_its_lines(stage: Stage) -> None:
    lines = [row("A-1", 2), row("A-2", 3), row("A-3", "many")]
    first, _ = take(stage, csv(lines))
    first.refresh_from_db()
    make_older(first, AFTER_THE_END - HOUR)
    assert forget_lines(now=timezone.now()) == 0
    make_older(first, AFTER_THE_END + HOUR)
    with nothing_changed():
        assert forget_lines(now=timezone.now()) == 3
    assert not FileLine.objects.filter(file=first).exists()
    again = summary_of(read(stage, csv(lines)))
    assert (again.known, again.new, again.changed, again.unreadable) == (2, 0, 0, 1)
    _file, whole = take(stage, csv([row("A-2", 1)]), is_whole=True)
    assert (whole.changed, whole.taken_back, whole.gone) == (1, 2, 1)
    first.refresh_from_db()
    assert first.lines_state == LinesState.FORGOTTEN
    assert is_step_possible(first, FileState.UNDOING)
    assert undo_file(first, by=SYSTEM) == 2
    assert stage.counters().sold == 0
    assert_reconciled()


def test_what_can_still_be_booked_or_refunded_waits_and_then_is_neither(stage: Stage) -> None:
    take(stage, csv([row("A-1", 2)]))
    whole, _ = take(stage, csv([row("A-2", 1)]), is_whole=True)
    checked = read(stage, csv([row("A-3", 1)]))
    SalesFile.objects.filter(pk=whole.pk).update(summary={"gone": 1, "gone_tickets": 2})
    for file in (whole, checked):
        file.refresh_from_db()
        make_older(file, WAITS - HOUR)
    assert forget_lines(now=timezone.now()) == 0
    for file, step in ((whole, FileState.REFUNDING), (checked, FileState.QUEUED)):
        file.refresh_from_db()
        assert is_step_possible(file, step)
        make_older(file, WAITS + HOUR)
    assert forget_lines(now=timezone.now()) == 2
    for file, step in ((whole, FileState.REFUNDING), (checked, FileState.QUEUED)):
        file.refresh_from_db()
        assert not is_step_possible(file, step)
    assert take_back_gone(whole, by=SYSTEM) == 0


def test_a_run_has_an_end_and_the_next_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(retention, "LINES_A_RUN", 4)
    file, _ = take(stage, csv([row(f"A-{number}") for number in range(5)]))
    file.refresh_from_db()
    make_older(file, AFTER_THE_END + HOUR)
    for forgotten, state in (
        (4, LinesState.LEAVING),
        (1, LinesState.FORGOTTEN),
        (0, LinesState.FORGOTTEN),
    ):
        assert forget_lines(now=timezone.now()) == forgotten
        file.refresh_from_db()
        assert file.lines_state == state
