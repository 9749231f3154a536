"""The season's transfers: some done, some waiting, one turned down."""

import pytest

from demo import season
from demo.build import build
from demo.season import EVENTS
from tests.proofs import assert_reconciled
from transfers.enums import Origin, TransferStatus
from transfers.models import Transfer, TransferRule


@pytest.mark.django_db
def test_some_are_done_some_wait_and_one_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    played = [one for one in EVENTS if one.day > 0 and (one.moves or one.requests)]
    monkeypatch.setattr(season, "EVENTS", [one for one in played if one.bookings < 500])
    build()
    found = list(Transfer.objects.select_related("requested_by", "decided_by"))
    by_status = {
        status: [one for one in found if one.status == status] for status in TransferStatus
    }
    done, waiting = by_status[TransferStatus.EXECUTED], by_status[TransferStatus.REQUESTED]
    assert len(done) == 2
    assert all(one.outcome["source"]["quantity_after"] >= 0 for one in done)
    assert {one.origin for one in waiting} == {Origin.PERSON, Origin.PARTNER}
    (rejected,) = by_status[TransferStatus.REJECTED]
    assert rejected.note
    assert rejected.decided_by != rejected.requested_by
    assert sum(map(len, by_status.values())) == len(done) + len(waiting) + 1
    assert TransferRule.objects.filter(is_trial=False).count() == 1
    assert_reconciled()
