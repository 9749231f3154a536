"""What the worker does with runs: claims them, one at a time, and takes up what was left lying."""

import logging
from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.actor import Actor
from exchange.progress import only_worker
from golive.enums import WORK, RunState
from golive.models import ChecklistRun
from golive.removal import remove_all
from golive.results import worst
from golive.run import STEPS, run
from golive.selectors import fingerprint

logger = logging.getLogger(__name__)

# "finl" with "live": any numbers that nobody else uses.
LOCK = (0x66696E6C, 0x6C697665)
MAX_ATTEMPTS = 3

ENDED_WITH_WORKER = f"The worker was stopped in the middle {MAX_ATTEMPTS} times. Nothing of the rehearsal is left. Run it again."
BROKEN = "It broke off by an error of this program, which its log describes. Nothing of the rehearsal is left."


class NotOurs(Exception):
    """Somebody has cancelled the run, or another worker has taken it up: what this one did is of no use."""


def work() -> int:
    """Take up runs, the oldest first, until none waits; returns how many.

    Does nothing while another process is at it. Whoever is at it alone removes what rehearsals a worker has left that
    was killed.
    """
    count = 0
    with only_worker(LOCK, ChecklistRun._meta.db_table) as worker:
        if worker is None:
            return 0
        remove_all()
        while (claimed := _claim()) is not None:
            count += 1
            _work_on(claimed)
    return count


def _claim() -> ChecklistRun | None:
    """The next run, marked as being worked on. Whoever had it before is gone: so says the lock."""
    with transaction.atomic():
        waiting = (
            ChecklistRun.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event__venue")
            .filter(state__in=[state.value for state in WORK])
            .order_by("pk")
            .first()
        )
        if waiting is None:
            return None
        waiting.attempts += 1
        waiting.state, waiting.total, waiting.done = RunState.RUNNING, STEPS, 0
        waiting.step = ""
        waiting.save(update_fields=("state", "attempts", "total", "done", "step"))
        return waiting


def _work_on(claimed: ChecklistRun) -> None:
    if claimed.attempts > MAX_ATTEMPTS:
        with suppress(NotOurs):
            _fail(claimed, ENDED_WITH_WORKER)
        return
    # Before the checks look: what changes meanwhile leaves the run out of date.
    before = fingerprint(claimed.event_id)
    try:
        results = run(
            claimed.event,
            by=Actor(user_id=claimed.asked_by_id),
            tell=lambda place, step: _update(claimed, done=place, step=step),
            go_on=lambda: _require_ours(claimed),
        )
        _update(
            claimed,
            state=RunState.DONE,
            done=STEPS,
            step="",
            verdict=worst(result.light for result in results),
            results=[result.as_json() for result in results],
            fingerprint=before,
            finished_at=timezone.now(),
        )
    except NotOurs:
        logger.info(
            "Run %d of a checklist was cancelled, or taken up by another worker.", claimed.pk
        )
    except Exception:
        logger.exception("Run %d of a checklist broke off.", claimed.pk)
        with suppress(NotOurs):
            _fail(claimed, BROKEN)


def _fail(claimed: ChecklistRun, message: str) -> None:
    _update(claimed, state=RunState.FAILED, message=message, step="", finished_at=timezone.now())


def _update(claimed: ChecklistRun, **values: object) -> None:
    """Raises ``NotOurs``."""
    if not _ours(claimed).update(**values):
        raise NotOurs


def _require_ours(claimed: ChecklistRun) -> None:
    """Raises ``NotOurs``."""
    if not _ours(claimed).exists():
        raise NotOurs


def _ours(claimed: ChecklistRun) -> QuerySet[ChecklistRun]:
    return ChecklistRun.objects.filter(
        pk=claimed.pk, state=RunState.RUNNING, attempts=claimed.attempts
    )
