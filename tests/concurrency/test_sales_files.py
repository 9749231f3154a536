"""A channel's program that sends one file several times at the same moment has sent it once."""

from threading import Barrier

import pytest

from allocations.models import SalesChannel
from common.actor import Actor
from exchange.sales_files.booking import book_file
from exchange.sales_files.reading import read_file
from idempotency.answers import Answer
from offline import files
from offline.errors import FileStateError
from offline.models import Report, SalesFile
from offline.services import FileOrder, send_file, undo_booked_file
from tests.concurrency.race import PATIENCE, errors_of, race
from tests.exchange.sales_files.files import csv, make_marketplace, row

PROGRAM = Actor(api_key_id=1)


def sent_at_once() -> list[Answer]:
    channel = make_marketplace(10).channels["web"]
    order = FileOrder(channel.pk, "a.csv", csv([row("A-1", 2)]), books=True)
    outcomes = race([lambda: send_file(order, by=PROGRAM)] * 6)
    assert errors_of(outcomes) == []
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def test_the_same_file_by_six_at_once_is_one_file() -> None:
    answers = sent_at_once()
    assert sorted(answer.status for answer in answers) == [200] * 5 + [202]
    assert {answer.data["id"] for answer in answers} == {str(SalesFile.objects.get().uuid)}


def test_control_without_the_lock_on_the_channel_it_is_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        SalesChannel.objects, "select_for_update", lambda **_: SalesChannel.objects.all()
    )
    sent_at_once()
    assert SalesFile.objects.count() > 1


def undone_at_once() -> int:
    """Four ask at the same moment for a file that was booked to be undone; how many are told that it is."""
    channel = SalesChannel.objects.select_related("venue").get(
        pk=make_marketplace(10).channels["web"].pk
    )
    file = read_file(channel=channel, name="a.csv", content=csv([row("A-1", 2)]), by=PROGRAM)
    book_file(file, by=PROGRAM)
    outcomes = race([lambda: undo_booked_file(file.pk, by=PROGRAM)] * 4)
    assert errors_of(outcomes, FileStateError) == []
    return sum(outcome.value is not None for outcome in outcomes)


def test_a_file_is_undone_once_by_whoever_asks_first() -> None:
    assert undone_at_once() == 1
    assert SalesFile.objects.get().state == "UNDOING"
    assert Report.objects.count() == 1


def test_control_without_the_lock_on_the_file_several_are_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everyone_has_read = Barrier(4)

    def unlocked(file_id: int) -> SalesFile:
        file = SalesFile.objects.select_related("mapping").defer("content").get(pk=file_id)
        everyone_has_read.wait(PATIENCE)
        return file

    monkeypatch.setattr(files, "_lock", unlocked)
    assert undone_at_once() == 4
