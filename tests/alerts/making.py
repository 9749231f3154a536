"""Alerts as evaluation would find them, made as rows: what people do with them is tested on these."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from alerts.enums import DeliveryStatus, Kind, Purpose, Severity, Step, Transport
from alerts.models import Alert, AlertRule, AlertStep, AlertTeam, Delivery, Endpoint
from alerts.services import record
from common.actor import SYSTEM
from tests.factories import Stage

# Kind → what was seen, what the rule says, and what is kept beside it.
FOUND: dict[Kind, dict[str, Any]] = {
    Kind.LOW_STOCK: {
        "seen": 49,
        "threshold": 50,
        "details": {"per": "CHANNEL", "unit": "UNITS", "left": 49, "all": 400},
    },
    Kind.OVERSELL_RISK: {
        "seen": 98.5,
        "threshold": 98,
        "details": {"committed": 985, "capacity": 1000},
    },
    Kind.VELOCITY: {
        "seen": 41,
        "threshold": 5,
        "expected": 12.5,
        "low": 3,
        "high": 26,
        "probability": 2.4e-9,
        "details": {"pace": "FASTER", "minutes": 60, "basis": "SAME_HOUR"},
    },
    Kind.SELL_THROUGH_GAP: {
        "seen": 82,
        "threshold": 80,
        "details": {
            "high": {"channel": "web", "share": 82, "sold": 328, "own": 400},
            "low": {"channel": "agent", "share": 18.5, "sold": 37, "own": 200},
            "other_threshold": 20,
        },
    },
    Kind.TRANSFER_WAITING: {
        "seen": 0,
        "threshold": 0,
        "details": {"units": 40, "source": "agent", "target": "web", "reason": "It sells out"},
    },
    Kind.SYNC_OVERDUE: {"seen": 75, "threshold": 60, "details": {}},
    Kind.SYNC_CONFLICT: {"seen": 2, "threshold": 1, "details": {"tickets": 5, "open_minutes": 95}},
    Kind.PAYMENT_OVERDUE: {
        "seen": 4,
        "threshold": 1,
        "details": {"amounts": "12,500 INR", "bookings": 3},
    },
    Kind.DELIVERY_FAILING: {
        "seen": 3,
        "threshold": 3,
        "details": {"endpoint": "#box-office", "is_disabled": True, "reason": "no_service"},
    },
    Kind.LEDGER_DIFFERENCE: {
        "seen": 1,
        "threshold": 1,
        "details": {"differences": 1, "lines": ["Row 7: sold 12, movements 11."]},
    },
}
OF_NO_EVENT = (
    Kind.SYNC_OVERDUE,
    Kind.SYNC_CONFLICT,
    Kind.PAYMENT_OVERDUE,
    Kind.DELIVERY_FAILING,
    Kind.LEDGER_DIFFERENCE,
)


def make_alert(stage: Stage, kind: Kind = Kind.LOW_STOCK, **fields: Any) -> Alert:
    """One that was opened some minutes ago, at the stage's venue, by the venue's own rule."""
    found = FOUND[kind] | fields
    venue, event = stage.event.venue, stage.event
    of_none = kind == Kind.LEDGER_DIFFERENCE
    (pool, *_), (channel, *_) = stage.pools.values(), stage.channels.values()
    now = timezone.now()
    names = {"about": str(kind.label), "pool": str(pool), "channel": str(channel), "item": "Ticket"}
    values = {
        "rule": AlertRule.objects.filter(venue=None if of_none else venue, kind=kind).first(),
        "kind": kind,
        "severity": Severity.CRITICAL if of_none else Severity.WARNING,
        "subject": f"{kind} {Alert.objects.count()}",
        "venue": None if of_none else venue,
        "event": None if kind in OF_NO_EVENT else event,
        "pool": None if kind in OF_NO_EVENT else pool,
        "channel": None if of_none else channel,
        "opened_at": now - timedelta(minutes=12),
        "latest_at": now,
        **found,
    }
    values["details"] = names | values["details"]
    with transaction.atomic():
        alert = Alert.objects.create(**{"latest": values["seen"], **values})
        record([alert], Step.OPENED, at=alert.opened_at, by=SYSTEM)
    return alert


def make_endpoint(stage: Stage, *, role: str = "Box office", **fields: Any) -> Endpoint:
    """The shared mailbox of a team of the stage's venue."""
    values = {
        "team": AlertTeam.objects.get(venue=stage.event.venue, role=role),
        "transport": Transport.EMAIL,
        "address": "desk@example.com",
    }
    return Endpoint.objects.create(**values | fields)


def deliver(alert: Alert, endpoint: Endpoint, **fields: Any) -> Delivery:
    """A message that has been sent, unless told otherwise."""
    now = timezone.now()
    values = {
        "purpose": Purpose.OPENED,
        "status": DeliveryStatus.SENT,
        "due_at": now,
        "ended_at": now,
        "attempts": 1,
    }
    return Delivery.objects.create(alert=alert, endpoint=endpoint, **values | fields)


def steps_of(alert: Alert) -> list[str]:
    return [step.step for step in AlertStep.objects.filter(alert=alert).order_by("pk")]
