"""What programs are told of alerts, and a step that is taken over the API: stored with its answer."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any

from django.db.models import Prefetch
from typing_extensions import TypedDict

from alerts import services, words
from alerts.enums import AlertStatus, Kind, Measure, Severity, Step
from alerts.errors import AlreadyHandledError
from alerts.kinds import kind_of
from alerts.models import Alert, AlertStep
from common.actor import Actor
from common.clock import utc
from common.json_types import Moment, OneOf, RowId, Uuid
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt

RELATED = ("venue", "event", "pool", "item", "channel", "rule", "acknowledged_by")
STEPS = Prefetch(
    "steps", AlertStep.objects.select_related("user", "endpoint__team", "endpoint__channel")
)
# The columns that say when something of it was last changed; those that are null are no moments.
CHANGED_AT = ("opened_at", "latest_at", "acknowledged_at", "escalated_at", "resolved_at")


class NamedJson(TypedDict):
    """Something that has a name."""

    id: RowId
    name: str


class AlertStepJson(TypedDict):
    """What has happened to it."""

    step: Annotated[str, OneOf(Step.values)]
    utc_at: Moment
    by: str | None
    """The person. Null: the system, or by a message's link."""
    through: str | None
    """By the link in a message: the team or the channel that the message went to."""
    note: str


class AlertJson(TypedDict):
    """A condition that a rule of the venue has found, and what became of it."""

    id: Uuid
    kind: Annotated[str, OneOf(Kind.values)]
    severity: Annotated[str, OneOf(Severity.values)]
    status: Annotated[str, OneOf(AlertStatus.values)]
    title: str
    """What is wrong, in a line."""
    reason: str
    """By which numbers it was found."""
    venue: NamedJson | None
    """Null: it concerns all venues."""
    event: NamedJson | None
    """Null where it is of none."""
    pool: NamedJson | None
    """Null where it is of none."""
    item: NamedJson | None
    """Null where it is of none."""
    channel: NamedJson | None
    """Null where it is of none, or of several."""
    seen: float
    """When it was opened."""
    latest: float
    """The same, when it was last looked at."""
    threshold: float
    """Of velocity: the fewest units that are judged."""
    unit: Annotated[str, OneOf(Measure.values)]
    """In what `seen`, `latest` and `threshold` are counted."""
    expected: float | None
    """Of velocity, in units."""
    low: float | None
    """Of velocity: from where on it is usual, in units."""
    high: float | None
    """Of velocity: up to where it is usual, in units."""
    probability: float | None
    """Of velocity: how probably chance alone brings that about."""
    window_minutes: int | None
    """
    Of velocity: in how many minutes so many were sold; those in which nothing could be sold are left
    out.
    """
    utc_opened_at: Moment
    utc_acknowledged_at: Moment | None
    utc_resolved_at: Moment | None
    utc_modified_at: Moment
    rule: NamedJson | None
    """For a person. Null for a key."""
    acknowledged_by: str | None
    """For a person: who, where it is known. Null for a key."""
    steps: list[AlertStepJson] | None
    """For a person: what has happened to it, in order. Null for a key."""


def acknowledge(
    alert: Alert, *, by: Actor, note: str, repeat: Repeat | None, now: datetime
) -> Answer:
    """Take it on. Raises ``AlreadyHandledError`` when it is not open any more, with what it is, and
    the errors of ``idempotency.answers``.
    """
    return _answered(services.acknowledge, alert, by, note, repeat, now)


def resolve(alert: Alert, *, by: Actor, note: str, repeat: Repeat | None, now: datetime) -> Answer:
    """End it by hand. Raises as ``acknowledge``, when it has ended already."""
    return _answered(services.resolve, alert, by, note, repeat, now)


def _answered(
    step: Callable[..., list[Alert]],
    alert: Alert,
    by: Actor,
    note: str,
    repeat: Repeat | None,
    now: datetime,
) -> Answer:
    def once() -> Answer:
        claim(repeat)
        try:
            step([alert.pk], by=by, note=note, now=now)
        except AlreadyHandledError as refusal:
            # By its own number it is known to nobody outside.
            status = Alert.objects.values_list("status", flat=True).get(pk=alert.pk)
            raise AlreadyHandledError(refusal.detail, alert_status=status) from refusal
        made = Alert.objects.select_related(*RELATED).prefetch_related(STEPS).get(pk=alert.pk)
        answer = Answer(200, json.dumps(present(made, inside=True)))
        store(repeat, answer)
        return answer

    return attempt(once)


def present(alert: Alert, *, inside: bool) -> AlertJson:
    """An alert as a channel's partner is told of it; ``inside`` adds what only the venue's people are told.

    ``alert`` with ``RELATED``, and for them with ``STEPS``.
    """
    by = alert.acknowledged_by
    return {
        "id": str(alert.uuid),
        "kind": alert.kind,
        "severity": alert.severity,
        "status": alert.status,
        "title": words.title(alert),
        "reason": words.reason(alert),
        "venue": _named(alert.venue),
        "event": _named(alert.event),
        "pool": _named(alert.pool),
        "item": _named(alert.item),
        "channel": _named(alert.channel),
        "seen": alert.seen,
        "latest": alert.latest,
        "threshold": alert.threshold,
        "unit": kind_of(alert).measure(alert),
        "expected": alert.expected,
        "low": alert.low,
        "high": alert.high,
        "probability": alert.probability,
        "window_minutes": alert.details.get("minutes"),
        "utc_opened_at": utc(alert.opened_at),
        "utc_acknowledged_at": utc(alert.acknowledged_at),
        "utc_resolved_at": utc(alert.resolved_at),
        "utc_modified_at": utc(_modified_at(alert)),
        "rule": _named(alert.rule) if inside else None,
        "acknowledged_by": str(by) if inside and by is not None else None,
        "steps": [_present_step(step) for step in alert.steps.all()] if inside else None,
    }


def _present_step(step: AlertStep) -> AlertStepJson:
    return {
        "step": step.step,
        "utc_at": utc(step.at),
        "by": None if step.user is None else str(step.user),
        "through": _through(step),
        "note": step.note,
    }


def _named(row: Any) -> NamedJson | None:
    return None if row is None else {"id": row.pk, "name": row.name}


def _through(step: AlertStep) -> str | None:
    """To whom the message went by whose link it was done: an address may be a person's own."""
    if step.endpoint is None:
        return None
    return str(step.endpoint.team or step.endpoint.channel)


def _modified_at(alert: Alert) -> datetime:
    moments: Iterator[datetime | None] = (getattr(alert, name) for name in CHANGED_AT)
    return max(moment for moment in moments if moment is not None)
