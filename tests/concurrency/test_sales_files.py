"""A channel's program that sends one file several times at the same moment has sent it once."""

import pytest

from allocations.models import SalesChannel
from common.actor import Actor
from idempotency.answers import Answer
from offline.models import SalesFile
from offline.services import FileOrder, send_file
from tests.concurrency.race import errors_of, race
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
