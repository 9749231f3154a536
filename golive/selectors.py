"""How an event stands with its go-live checklist."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from events.models import Event
from golive.enums import Light, Readiness, RunState
from golive.models import ChecklistRun


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest run of an event that counts, if there is one, and what follows from it."""

    readiness: Readiness
    run: ChecklistRun | None = None

    @property
    def is_out_of_date(self) -> bool:
        return self.readiness == Readiness.OUT_OF_DATE


def latest_runs(event: Event, maximum: int) -> list[ChecklistRun]:
    """The newest first, those that were cancelled too."""
    return list(_runs(event)[:maximum])


def _runs(event: Event) -> QuerySet[ChecklistRun]:
    runs = ChecklistRun.objects.filter(event=event).order_by("-pk")
    return runs.select_related("signed_by", "asked_by", "cancelled_by")


def standing_of(event: Event, runs: Sequence[ChecklistRun] | None = None) -> Standing:
    """``golive_is_ready()`` in the database says the same of READY. ``runs``: its newest ones, where they were read.

    A run that was cancelled has found nothing: the one before it counts.
    """
    run = next((run for run in runs or () if run.state != RunState.CANCELLED), None)
    if run is None and runs != []:
        run = _runs(event).exclude(state=RunState.CANCELLED).first()
    return Standing(_readiness(run), run) if run is not None else Standing(Readiness.NEVER_RUN)


def _readiness(run: ChecklistRun) -> Readiness:
    if run.is_running:
        return Readiness.RUNNING
    if run.state != RunState.DONE:
        return Readiness.NOT_READY
    if run.fingerprint != fingerprint(run.event_id):
        return Readiness.OUT_OF_DATE
    if run.verdict == Light.RED:
        return Readiness.NOT_READY
    return Readiness.READY if run.signed_at is not None else Readiness.UNSIGNED


def fingerprint(event_id: int) -> str:
    """Of all that the checklist checks; another one when any of it has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT golive_fingerprint(%s)", [event_id])
        return str(cursor.fetchone()[0])
