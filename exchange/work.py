"""What the worker does with runs: checks files, imports them, and takes up what was left lying."""

import logging
from collections.abc import Sequence
from functools import partial

from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from common.actor import Actor
from common.refusals import is_busy
from exchange.apply import RowsRefused, carry_out
from exchange.base import Why
from exchange.dry_run import Plan, make_plan
from exchange.enums import WORK, FileKind, RunState
from exchange.errors import FileRefusedError
from exchange.locks import lock_events
from exchange.models import MAX_CHANGES, ImportRun
from exchange.progress import Worker, only_worker
from exchange.reading import Problem, Sheet, read_file
from exchange.services import may_confirm

logger = logging.getLogger(__name__)

MAY_IMPORT = "exchange.change_importrun"
MAX_ATTEMPTS = 3
# A task gives way after so many files: the next one is only seconds off.
MAX_STEPS = 20

ENDED_WITH_WORKER = (
    "The worker was stopped in the middle {times} times, and nothing was imported. Try again, or "
    "with a smaller file."
)
CHANGED_MEANWHILE = (
    "Nothing was imported: something has changed since the file was checked. See the problems."
)
CHECK_CHANGES = (
    "Nothing was imported: something has changed since the check, and the file would do something "
    "else now. Look at the changes again, and confirm them."
)
BUSY = (
    "Nothing was imported: somebody else was changing the same events. Check the file again, and "
    "import it then."
)
BROKEN = "Nothing was imported: an error of this program, which its log describes."
FORBIDDEN = "The person who uploaded the file may not import any more."
FORBIDDEN_TO_CONFIRM = "The person who confirmed the import may not import this file any more."


class Overtaken(Exception):
    """Another worker has taken the run up: what this one did is undone."""


def work() -> int:
    """Take up runs, the oldest first, until none waits; returns how many steps were taken.

    Does nothing while another process is at it.
    """
    steps = 0
    with only_worker() as worker:
        while worker is not None and steps < MAX_STEPS:
            run = _claim()
            if run is None:
                break
            steps += 1
            _work_on(run, worker)
    return steps


def _claim() -> ImportRun | None:
    """The next run, marked as being worked on. Whoever had it before is gone: so says the lock."""
    with transaction.atomic():
        run = (
            ImportRun.objects.select_for_update(skip_locked=True)
            .filter(state__in=[state.value for state in WORK])
            .order_by("pk")
            .first()
        )
        if run is None:
            return None
        run.attempts += 1
        run.state = WORK[RunState(run.state)]
        run.save(update_fields=("state", "attempts"))
        return run


def _work_on(run: ImportRun, worker: Worker) -> None:
    if run.attempts > MAX_ATTEMPTS:
        _end(run, RunState.FAILED, message=ENDED_WITH_WORKER.format(times=MAX_ATTEMPTS))
        return
    try:
        if run.state == RunState.CHECKING:
            _check(run, worker)
        else:
            _import(run, worker)
    except FileRefusedError as error:
        _reject(run, [Problem("", 0, "", error.detail)], error.detail)
    except RowsRefused as error:
        _reject(run, [error.problem], CHANGED_MEANWHILE)
    except Overtaken:
        logger.warning("Import %d was taken up by another worker.", run.pk)
    except OperationalError as error:
        if not is_busy(error):
            raise  # the database is gone; the run is taken up when it is back
        _end(run, RunState.FAILED, message=BUSY)
    except Exception:
        logger.exception("Import %d failed.", run.pk)
        _end(run, RunState.FAILED, message=BROKEN)


def _check(run: ImportRun, worker: Worker) -> None:
    """The dry run: nothing but the run itself is written."""
    plan = _plan(run, _sheets(run), worker)
    _end(run, RunState.REJECTED if plan.problem_count else RunState.READY, **_checked(plan))


def _checked(plan: Plan) -> dict[str, object]:
    """What a run remembers of its check."""
    return {
        **plan.counts(),
        "problems": plan.problems,
        "problem_count": plan.problem_count,
        "changes": plan.changes(),
        "at_once": plan.at_once[:MAX_CHANGES],
        "digest": plan.digest(),
        "checked_at": timezone.now(),
    }


def _import(run: ImportRun, worker: Worker) -> None:
    """All of what was confirmed, or nothing: the file is planned anew, under locks."""
    confirmed_by = _who_confirmed(run)
    sheets = _sheets(run)  # once, and while no sale waits
    with transaction.atomic(durable=True):
        lock_events(_plan(run, sheets))
        plan = _plan(run, sheets, lock=True)
        is_confirmed = not plan.problem_count and plan.digest() == run.digest
        if not is_confirmed:
            transaction.set_rollback(True)
        else:
            why = Why(Actor.person(confirmed_by).noting(run.internal_note), run.reason)
            total = len(plan.rows)
            results = carry_out(
                plan, why, tell=lambda done: worker.tell(run.pk, done, total, now=done == total)
            )
            _end(
                run,
                RunState.DONE,
                **plan.counts(),
                results=results,
                changes=plan.changes(),
                problems=[],
                problem_count=0,
                finished_at=timezone.now(),
            )
    if plan.problem_count:
        _reject(run, plan.problems, CHANGED_MEANWHILE, plan.problem_count)
    elif not is_confirmed:
        _end(
            run,
            RunState.READY,
            **_checked(plan),
            message=CHECK_CHANGES,
            reason="",
            internal_note="",
            confirmed_by=None,
        )


def _who_confirmed(run: ImportRun) -> User:
    user = run.confirmed_by  # read now: what they may is what they may at this moment
    if user is None or not may_confirm(run, user) or not user.has_perm(MAY_IMPORT):
        raise FileRefusedError(FORBIDDEN_TO_CONFIRM)
    return user


def _sheets(run: ImportRun) -> list[Sheet]:
    return read_file(bytes(run.content or b""), FileKind(run.kind), run.table)


def _plan(
    run: ImportRun, sheets: Sequence[Sheet], worker: Worker | None = None, *, lock: bool = False
) -> Plan:
    """The plan of the run's file as of now; a worker is told how far it is."""
    # Read again: permissions, venues and whether the account is open are those of this moment.
    user = User.objects.get(pk=run.uploaded_by_id)
    if not user.is_active or not user.has_perm(MAY_IMPORT):
        raise FileRefusedError(FORBIDDEN)
    if worker is None:
        return make_plan(sheets, user, lock=lock)
    tell = partial(worker.tell, run.pk, total=sum(len(sheet.rows) for sheet in sheets))
    tell(0, now=True)
    return make_plan(sheets, user, lock=lock, tell=tell)


def _reject(
    run: ImportRun, problems: list[Problem], message: str, count: int | None = None
) -> None:
    _end(
        run,
        RunState.REJECTED,
        problems=problems,
        problem_count=len(problems) if count is None else count,
        message=message,
    )


def _end(run: ImportRun, state: RunState, **values: object) -> None:
    """Write what became of the run. Raises ``Overtaken`` if it is not ours any more."""
    mine: QuerySet[ImportRun] = ImportRun.objects.filter(
        pk=run.pk, state=run.state, attempts=run.attempts
    )
    if not mine.update(state=state, **values):
        raise Overtaken
