"""A checklist's way: asked for, run by a worker or cancelled, signed by a person. Each step here opens its own transaction."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from allocations.services import lock_event
from common.after_commit import after_commit
from common.clock import database_now
from common.worker import ask_worker
from events.enums import ENDED
from events.models import Event
from golive.enums import WORK, Readiness, RunState
from golive.errors import NotRunningError, NotToBeRunError, NotToBeSignedError, RunsAlreadyError
from golive.models import MAX_NOTE, ChecklistRun
from golive.selectors import standing_of

TASK, QUEUE = "golive.tasks.work_on_checklists", "planning"

WHY_UNSIGNED = {
    Readiness.NEVER_RUN: "The checklist has not been run yet.",
    Readiness.RUNNING: "The checklist is running: sign what it finds.",
    Readiness.NOT_READY: "Something has failed: mend it, and run the checklist again.",
    Readiness.OUT_OF_DATE: "Something has changed since: run the checklist again.",
    Readiness.READY: "It is signed already.",
}


def ask_for_run(*, event: Event, by: User, now: datetime) -> ChecklistRun:
    """Have the checklist run. Raises ``NotToBeRunError`` for an event that is over, ``RunsAlreadyError``."""
    if event.status in ENDED or event.over_at <= now:
        raise NotToBeRunError("The event is over or canceled: it goes live no more.")
    try:
        with transaction.atomic():
            run = ChecklistRun.objects.create(event=event, asked_by=by)
            after_commit(lambda: ask_worker(TASK, queue=QUEUE))
    except IntegrityError as error:
        raise RunsAlreadyError("The checklist of this event is running already.") from error
    return run


def cancel(*, event: Event, by: User) -> ChecklistRun:
    """End the run that waits or runs. The worker stops at its next step or while it waits, and removes the rehearsal.

    Raises ``NotRunningError`` when none does any more.
    """
    with transaction.atomic():
        unfinished = ChecklistRun.objects.filter(event=event, state__in=WORK)
        run = unfinished.select_for_update(of=("self",)).first()
        if run is None:
            raise NotRunningError("The checklist of this event does not run any more.")
        run.state, run.cancelled_by, run.finished_at = RunState.CANCELLED, by, database_now()
        run.step = ""
        run.save(update_fields=("state", "cancelled_by", "finished_at", "step"))
    return run


def sign(*, event: Event, run_id: int, by: User, note: str, now: datetime) -> ChecklistRun:
    """Keep that a person has read what a run has found and lets the event go live.

    Raises ``NotToBeSignedError`` for any but the newest run, and where something has failed or changed since.
    """
    with transaction.atomic():
        lock_event(event.pk)
        standing = standing_of(event)
        run = standing.run
        if run is None or standing.readiness != Readiness.UNSIGNED:
            raise NotToBeSignedError(WHY_UNSIGNED[standing.readiness])
        if run.pk != run_id:
            raise NotToBeSignedError("It has been run again while you read: read the newest run.")
        run.signed_by, run.signed_at, run.note = by, now, note.strip()[:MAX_NOTE]
        run.save(update_fields=("signed_by", "signed_at", "note"))
    return run
