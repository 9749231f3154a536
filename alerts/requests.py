"""What programs are told of alerts, and a step that is taken over the API: stored with its answer."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from alerts import services, words
from alerts.errors import AlreadyHandledError
from alerts.kinds import kind_of
from alerts.models import Alert, AlertStep
from common.actor import Actor
from common.clock import utc
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt

RELATED = ("venue", "event", "pool", "item", "channel", "rule", "acknowledged_by")
STEPS = Prefetch(
    "steps", AlertStep.objects.select_related("user", "endpoint__team", "endpoint__channel")
)
# The columns that say when something of it was last changed; those that are null are no moments.
CHANGED_AT = ("opened_at", "latest_at", "acknowledged_at", "escalated_at", "resolved_at")


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
        answer = Answer(200, json.dumps(present(made) | inside(made)))
        store(repeat, answer)
        return answer

    return attempt(once)


def present(alert: Alert) -> dict[str, Any]:
    """What whoever sees the alert may know, a channel's partner too. ``alert`` with ``RELATED``."""
    return {
        "id": str(alert.uuid),
        "kind": alert.kind,
        "severity": alert.severity,
        "status": alert.status,
        "title": words.title(alert),
        "reason": words.reason(alert),
        **{
            name: _named(getattr(alert, name))
            for name in ("venue", "event", "pool", "item", "channel")
        },
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
        "rule": None,
        "acknowledged_by": None,
        "steps": None,
    }


def inside(alert: Alert) -> dict[str, Any]:
    """What the venue's own people are told besides. ``alert`` with ``RELATED`` and ``STEPS``."""
    by = alert.acknowledged_by
    return {
        "rule": _named(alert.rule),
        "acknowledged_by": None if by is None else str(by),
        "steps": [
            {
                "step": step.step,
                "utc_at": utc(step.at),
                "by": None if step.user is None else str(step.user),
                "through": _through(step),
                "note": step.note,
            }
            for step in alert.steps.all()
        ],
    }


def _named(row: Any) -> dict[str, Any] | None:
    return None if row is None else {"id": row.pk, "name": row.name}


def _through(step: AlertStep) -> str | None:
    """To whom the message went by whose link it was done: an address may be a person's own."""
    if step.endpoint is None:
        return None
    return str(step.endpoint.team or step.endpoint.channel)


def _modified_at(alert: Alert) -> datetime:
    found: Iterator[datetime | None] = (getattr(alert, name) for name in CHANGED_AT)
    return max(moment for moment in found if moment is not None)
