"""Real workers that are killed with SIGKILL in the middle of a run: another goes on from there, or the run says so."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.worker import ask_worker
from planning.enums import RunState
from planning.models import WhatIfChunk, WhatIfRun
from planning.whatif import services, work
from planning.whatif.plans import IN_FORCE, Choice
from tests.factories import make_stage, make_user
from tests.waiting import until
from tests.worker_process import kill, one_worker

pytestmark = [
    pytest.mark.system,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]

DEFAULT = ("--queues=default", "--concurrency=1")
PATIENCE = 90
# A chunk for each seed; a worker that says nothing for a second is gone.
QUICK = """
from datetime import timedelta
import planning.whatif.work as work
work.SECONDS_A_CHUNK = 0.0
work.CLAIM = timedelta(seconds=1)
"""
# In the middle of its third chunk for good: nothing but a signal ends it.
STUCK_AFTER_TWO = f"""{QUICK}
import time
keep, kept = work._keep, []
def keep_two(run, results):
    if len(kept) == 2:
        time.sleep(3600)
    kept.append(keep(run, results))
    return kept[-1]
work._keep = keep_two
"""
DIES_AT_ONCE = f"""{QUICK}
import os, signal
work.prepare = lambda run: os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def start(transactional_db: None) -> Callable[[], WhatIfRun]:
    """Asks for one; each is the same."""
    stage = make_stage(channels=("web", "agent"))
    stage.sell([("Ticket", 3)])
    return partial(
        services.start,
        event=stage.event,
        demand={"kind": "OWN", "away": 0},
        sides=(Choice(IN_FORCE), Choice("FIXED")),
        user=make_user(),
        seeds=5,
    )


@pytest.fixture
def workers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def results(run: WhatIfRun) -> list[Any]:
    return [seed for chunk in WhatIfChunk.objects.filter(run=run) for seed in chunk.results]


def ended(run: WhatIfRun) -> bool:
    """Whether it has; asks once more for it, as beat does."""
    run.refresh_from_db()
    if run.is_running:
        ask_worker(work.TASK, queue="default")
    return not run.is_running


def test_a_run_goes_on_where_its_killed_worker_left_it(
    start: Callable[[], WhatIfRun], workers: ExitStack, tmp_path: Path
) -> None:
    first, second = start(), start()
    chunks = WhatIfChunk.objects.filter(run=first)
    killed = workers.enter_context(one_worker(tmp_path, DEFAULT, changes=STUCK_AFTER_TWO))
    ask_worker(work.TASK, queue="default")
    until(lambda: chunks.count() == 2, "two chunks are written", PATIENCE)
    written = set(chunks.values_list("pk", flat=True))
    kill(killed)
    first.refresh_from_db()
    assert (first.state, first.done) == (RunState.RUNNING, 2)

    workers.enter_context(one_worker(tmp_path, DEFAULT, changes=QUICK))
    until(lambda: ended(second), "both runs have ended", PATIENCE)
    first.refresh_from_db()
    assert (first.state, first.done, first.message) == (RunState.DONE, 5, "")
    assert written < set(chunks.values_list("pk", flat=True))  # none was made anew
    assert results(first) == results(second)


def test_a_run_that_kills_each_of_its_workers_says_so_and_the_next_one_is_worked_out(
    start: Callable[[], WhatIfRun], workers: ExitStack, tmp_path: Path
) -> None:
    first = start()
    deadly = workers.enter_context(one_worker(tmp_path, DEFAULT, changes=DIES_AT_ONCE))
    until(lambda: ended(first), "the first run has given up", PATIENCE)
    assert first.state == RunState.FAILED
    assert first.message.startswith("The worker was stopped in the middle 3 times.")
    kill(deadly)
    second = start()
    workers.enter_context(one_worker(tmp_path, DEFAULT, changes=QUICK))
    until(lambda: ended(second), "the second one has ended", PATIENCE)
    assert (second.state, second.done) == (RunState.DONE, 5)
