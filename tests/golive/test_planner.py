"""A run in a real planner: beside a what-if that takes long, killed in the middle, taken up, cancelled in the middle."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from events.models import Venue
from finlo_inventory.celery import app
from finlo_inventory.schedule import OF_PLANNER, OF_WORKER, SCHEDULE
from golive import services
from golive.enums import CheckKind, RunState
from golive.errors import NotRunningError
from planning.whatif import work as whatif
from tests.factories import Stage
from tests.golive.conftest import Helpers
from tests.golive.test_checks import MAY_CHANGE
from tests.golive.test_rehearsal import tables
from tests.proofs import assert_reconciled
from tests.waiting import until
from tests.worker_process import kill, one_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PLANNER = (f"--queues={','.join(OF_PLANNER)}", "--concurrency=2")
# A what-if that never ends, whose start is seen on the disk.
ENDLESS = """
import pathlib, time
from planning.whatif import work
work.work = lambda: (pathlib.Path({path!r}).touch(), time.sleep(600))
"""


SCHEDULE_OF = {entry.task: entry for entry in SCHEDULE.values()}


def ask(task: str) -> None:
    """As beat does it."""
    app.send_task(task, queue=SCHEDULE_OF[task].queue)


def rehearsals() -> int:
    return Venue.objects.filter(is_rehearsal=True).count()


@pytest.mark.system
def test_a_run_goes_on_after_a_kill_and_stops_when_it_is_cancelled(
    system: Helpers, sound: Stage, tmp_path: Path, settings: Any
) -> None:
    manager = User.objects.get(email="manager@example.com")
    environment = {
        "FINLO_PUBLIC_URL": settings.PUBLIC_URL,
        "FINLO_LIVE_PORT": str(settings.LIVE_PORT),
    }
    begun = tmp_path / "what-if"
    options: dict[str, Any] = {
        "environment": environment,
        "changes": ENDLESS.format(path=str(begun)),
    }
    app.control.purge()
    before = tables()
    # No message goes out: the last check waits for half a minute.
    system.off.add("notifier")
    run = services.ask_for_run(event=sound.event, by=manager, now=timezone.now())

    def waits_in(attempt: int) -> bool:
        run.refresh_from_db()
        return (run.attempts, run.step) == (attempt, str(CheckKind.ALERTS.label))

    with one_worker(tmp_path, PLANNER, **options) as process:
        ask("planning.tasks.work_on_whatifs")
        until(begun.exists, "the what-if is being worked on", 60)
        until(lambda: waits_in(1), "the messages are waited for", 90)
        kill(process)
    assert (run.state, rehearsals()) == (RunState.RUNNING, 1)
    with one_worker(tmp_path, PLANNER, **options):
        ask("golive.tasks.work_on_checklists")
        until(lambda: waits_in(2), "another worker has taken it up", 90)
        assert rehearsals() == 1  # that of the first is gone
        services.cancel(event=sound.event, by=manager)
        # Long before the half minute is over.
        until(lambda: rehearsals() == 0, "the rehearsal is removed", 15)
    run.refresh_from_db()
    assert (run.state, run.cancelled_by, run.results) == (RunState.CANCELLED, manager, [])
    with pytest.raises(NotRunningError):
        services.cancel(event=sound.event, by=manager)
    system.ended.set()
    after = tables()
    assert {name for name in before if before[name] != after[name]} <= MAY_CHANGE
    assert_reconciled()


def test_what_takes_minutes_is_no_task_of_the_worker() -> None:
    for task, queue in ((services.TASK, services.QUEUE), (whatif.TASK, "planning")):
        assert SCHEDULE_OF[task].queue == queue
        assert queue in OF_PLANNER
    assert not set(OF_PLANNER) & set(OF_WORKER)
