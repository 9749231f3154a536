"""Unsold stock goes back by itself: a real worker and its beat see to it."""

from datetime import timedelta
from pathlib import Path

import pytest

from allocations.enums import MovementKind
from allocations.models import Movement
from common.clock import database_now
from tests.allocations.plans.specs import apply, line
from tests.factories import Counters, make_stage
from tests.proofs import assert_reconciled
from tests.waiting import until
from tests.worker_process import worker

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]


def test_what_is_due_and_what_was_missed_goes_back_by_itself(tmp_path: Path) -> None:
    stage = make_stage(channels=("agent", "hotel"), give={})
    now = database_now()
    coming = now + timedelta(seconds=3)
    apply(
        stage,
        # It was due while no worker ran.
        line(stage, "agent", 40, releases_at=now - timedelta(hours=1)),
        line(stage, "hotel", 30, releases_at=coming),
        now=now - timedelta(hours=2),
    )
    stage.sell([("Ticket", 5)], "agent")
    stage.hold([("Ticket", 2)], "hotel")
    with worker(tmp_path):
        until(lambda: stage.row(channel="agent").releases_at is None, "the missed one is back", 60)
        until(lambda: stage.row(channel="hotel").releases_at is None, "the other is back", 60)
    assert stage.counters(channel="agent") == Counters(5, 0, 5, 5)
    assert stage.counters(channel="hotel") == Counters(2, 2, 0, 2)
    assert stage.open_row().quantity == 93
    back = Movement.objects.filter(kind=MovementKind.RELEASE_BACK)
    # Once each, though beat asks again and again.
    assert back.filter(stock=stage.row(channel="agent"), delta_quantity=-35).count() == 1
    hotel = back.get(stock=stage.row(channel="hotel"), delta_quantity=-28)
    assert hotel.at >= coming
    assert_reconciled()
