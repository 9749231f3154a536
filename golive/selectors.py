"""How an event stands with its go-live checklist."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from events.models import Event
from golive.enums import Light, Readiness, RunState
from golive.models import ChecklistRun


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest run of an event, if there is one, and what follows from it."""

    readiness: Readiness
    run: ChecklistRun | None = None

    @property
    def is_out_of_date(self) -> bool:
        return self.readiness == Readiness.OUT_OF_DATE


def latest_runs(event: Event, maximum: int = 1) -> list[ChecklistRun]:
    """The newest first."""
    runs = ChecklistRun.objects.filter(event=event).select_related("signed_by", "asked_by")
    return list(runs.order_by("-pk")[:maximum])


def standing_of(event: Event, runs: Sequence[ChecklistRun] | None = None) -> Standing:
    """``golive_is_ready()`` in the database says the same of READY. ``runs``: its newest ones, where they were read."""
    runs = latest_runs(event) if runs is None else runs
    return Standing(_readiness(runs[0]), runs[0]) if runs else Standing(Readiness.NEVER_RUN)


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
