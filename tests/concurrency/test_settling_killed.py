"""A worker that is killed while it settles a cancelled event: the next one goes on."""

from pathlib import Path

import psycopg
import pytest

from common.actor import SYSTEM
from sales.cancellation import cancel_event
from sales.cancellation_worker import unfinished
from sales.enums import BookingStatus, Fate
from sales.models import Booking
from tests.concurrency.race import waiting_for_locks
from tests.factories import Counters, make_stage
from tests.proofs import assert_reconciled
from tests.waiting import until
from tests.worker_process import database_url, kill, worker

pytestmark = pytest.mark.system

# So that a few bookings are several batches.
SMALL_BATCHES = "from sales import cancellation_worker; cancellation_worker.BATCH = 5"


def settled() -> int:
    return Booking.objects.filter(status=BookingStatus.CANCELLED).count()


def test_a_worker_killed_in_the_middle_of_a_batch_leaves_nothing_undone(tmp_path: Path) -> None:
    stage = make_stage(
        pools={"GA": 40}, channels=("web", "agent"), give={("GA", "web"): 20, ("GA", "agent"): 20}
    )
    for channel in ("agent", "web"):  # the newest are settled first
        for _ in range(9):
            stage.sell(channel=channel)
            stage.hold(channel=channel)
    cancel_event(
        event_id=stage.event.pk,
        fates={channel.pk: Fate.REFUND for channel in stage.channels.values()},
        by=SYSTEM,
        reason="Storm",
    )
    patient = "-c idle_in_transaction_session_timeout=0"
    with (
        psycopg.connect(database_url(), options=patient) as other,
        worker(tmp_path, SMALL_BATCHES) as first,
    ):
        other.execute(
            "SELECT FROM allocations_stock WHERE id = %s FOR UPDATE",
            [stage.row(channel="agent").pk],
        )
        # Three batches are through, and the fourth has both channels' bookings.
        until(lambda: waiting_for_locks() == 1, "the worker waits for the agent's stock", 60)
        assert settled() == 15
        kill(first)
    until(lambda: waiting_for_locks() == 0, "the server has noticed")
    assert (settled(), len(unfinished())) == (15, 1)
    assert_reconciled()
    with worker(tmp_path, SMALL_BATCHES):
        until(lambda: unfinished() == [], "another worker has settled the rest", 60)
    assert settled() == 36
    assert stage.counters() == stage.counters(channel="agent") == Counters(20, 0, 0, 0)
    assert_reconciled()
