"""What the worker does with runs: takes one up, works it out in chunks, and goes on where another was killed.

A claim is a time, not a lock: whoever has a run says with each chunk that it has it still. A chunk is written only while the
run is its worker's; so a run that was cancelled, or taken up by another one, gets no more of it.
"""

import logging
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from common.errors import RefusedError
from planning.enums import UNFINISHED, RunState
from planning.models import WhatIfChunk, WhatIfRun
from planning.whatif.recommend import recommend
from planning.whatif.simulation import digest_of, prepare

logger = logging.getLogger(__name__)

TASK = "planning.tasks.work_on_whatifs"
# Of one chunk: so often the page sees the bar move, and a cancellation is heeded.
SECONDS_A_CHUNK = 1.0
# A worker that says nothing for so long is gone.
CLAIM = timedelta(seconds=30)
MAX_ATTEMPTS = 3
# A task gives way after so long: another run, and other tasks, have their turn.
SECONDS_A_TASK = 60.0
# "finl" with "what": any numbers that nobody else uses.
LOCK = (0x66696E6C, 0x77686174)

KILLED = (
    "The worker was stopped in the middle {times} times. Start the run again, or a smaller one."
)
BROKEN = "An error of this program, which its log describes."
KEPT = timedelta(days=90)


def work() -> int:
    """Take up runs, the oldest first, until none waits or the time is over; returns how many chunks were made."""
    ends = time.monotonic() + SECONDS_A_TASK
    chunks = 0
    while (run := _claim()) is not None:
        chunks += _work_on(run, ends)
        if time.monotonic() >= ends:
            break
    return chunks


def _claim() -> WhatIfRun | None:
    """The next run, marked as ours; ``None`` while another worker is at one: two would take both processes from the sales."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        unfinished = WhatIfRun.objects.filter(state__in=UNFINISHED)
        if unfinished.filter(claimed_until__gt=Now()).exists():
            return None
        run = unfinished.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if run is None:
            return None
        run.state, run.worker, run.attempts = RunState.RUNNING, uuid.uuid4(), run.attempts + 1
        run.claimed_until = timezone.now() + CLAIM
        run.save(update_fields=("state", "worker", "attempts", "claimed_until"))
        return run


def _work_on(run: WhatIfRun, ends: float) -> int:
    if run.attempts > MAX_ATTEMPTS:
        _end(run, RunState.FAILED, KILLED.format(times=MAX_ATTEMPTS))
        return 0
    try:
        return _chunks(run, ends)
    except RefusedError as error:
        _end(run, RunState.FAILED, error.detail)
    except Exception:
        logger.exception("What-if %d failed.", run.pk)
        _end(run, RunState.FAILED, BROKEN)
    return 0


def _chunks(run: WhatIfRun, ends: float) -> int:
    simulation = prepare(run)
    digest = digest_of(simulation.scene)
    if run.digest != digest:
        # What was worked out before rests on another set-up.
        span = {"begins_at": simulation.begins_at, "ends_at": simulation.ends_at}
        if not _mine(run).update(digest=digest, done=0, notes=simulation.notes, **span):
            return 0
        run.chunks.all().delete()
        run.done = 0
    made = 0
    while run.done < run.seeds:
        began = time.monotonic()
        results: list[list[dict[str, Any]]] = []
        while run.done + len(results) < run.seeds:
            results.append(simulation.of_seed(run.done + len(results)))
            if time.monotonic() - began >= SECONDS_A_CHUNK:
                break
        if not _keep(run, results):
            return made
        made += 1
        if time.monotonic() >= ends and run.done < run.seeds:
            _mine(run).update(claimed_until=None)  # whoever comes next goes on
            return made
    _mine(run).update(recommendation=recommend(simulation))
    _end(run, RunState.DONE, "")
    return made


def _keep(run: WhatIfRun, results: list[list[dict[str, Any]]]) -> bool:
    """Write a chunk, while the run is ours."""
    with transaction.atomic():
        is_ours = _mine(run).update(
            done=F("done") + len(results),
            claimed_until=timezone.now() + CLAIM,
            # It makes its way: only who makes none ends with its worker again and again.
            attempts=1,
        )
        if is_ours:
            WhatIfChunk.objects.create(run=run, first=run.done, count=len(results), results=results)
    run.done += len(results)
    return bool(is_ours)


def _end(run: WhatIfRun, state: RunState, message: str) -> None:
    _mine(run).update(
        state=state, message=message, finished_at=Now(), worker=None, claimed_until=None
    )


def _mine(run: WhatIfRun) -> QuerySet[WhatIfRun]:
    return WhatIfRun.objects.filter(pk=run.pk, state=RunState.RUNNING, worker=run.worker)


def forget_old() -> int:
    """Delete runs that ended long ago; returns how many."""
    old = WhatIfRun.objects.filter(~Q(state__in=UNFINISHED), finished_at__lt=timezone.now() - KEPT)
    return old.delete()[1].get("planning.WhatIfRun", 0)
