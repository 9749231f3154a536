"""How an event stands with its go-live checklist."""

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


def standing_of(event: Event) -> Standing:
    """``golive_event_is_ready()`` in the database says the same of READY."""
    run = (
        ChecklistRun.objects.filter(event=event)
        .select_related("signed_by", "asked_by")
        .order_by("-pk")
        .first()
    )
    if run is None:
        return Standing(Readiness.NEVER_RUN)
    return Standing(_readiness(run), run)


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
