"""A worker that is killed while it settles a cancelled event: the next one goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from common.actor import SYSTEM
from sales.cancellation import cancel_event
from sales.enums import BookingStatus, Fate
from sales.models import Booking
from sales.settling import unfinished
from tests.concurrency.race import waiting_for_locks
from tests.factories import Counters, make_stage
from tests.live import CHECKOUT
from tests.proofs import assert_reconciled
from tests.waiting import until

pytestmark = pytest.mark.system

# Small batches, so that a few bookings are several; beat along with it, as in the real system.
WORKER = """
import sys
import django
django.setup()
from sales import settling
settling.BATCH = 5
from finlo_inventory.celery import app
app.worker_main(["worker", "--queues=sales", "--concurrency=1", "--beat", "--without-gossip",
                 "--without-mingle", f"--schedule={sys.argv[1]}", "--loglevel=warning"])
"""


def database_url() -> str:
    """The test's own database, for another process."""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"


@contextmanager
def worker(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(directory / "schedule")],
            cwd=CHECKOUT,
            env={**os.environ, "DATABASE_URL": database_url(), "C_FORCE_ROOT": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once, with its children: no chance to finish anything."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


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
    with psycopg.connect(database_url(), options=patient) as other, worker(tmp_path) as first:
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
    with worker(tmp_path):
        until(lambda: unfinished() == [], "another worker has settled the rest", 60)
    assert settled() == 36
    assert stage.counters() == stage.counters(channel="agent") == Counters(20, 0, 0, 0)
    assert_reconciled()
