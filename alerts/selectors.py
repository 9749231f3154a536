"""Reads of alerts that more than one page needs."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import STANDING, AlertStatus, Severity
from alerts.models import Alert

SEE = "alerts.view_alert"
HANDLE = "alerts.handle_alert"
RELATED = (
    "venue",
    "event__venue",
    "pool",
    "item",
    "channel",
    "rule",
    "transfer",
    "endpoint",
    "acknowledged_by",
    "resolved_by",
)
ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def standing(user: User | AnonymousUser) -> "QuerySet[Alert]":
    """Open and acknowledged alerts of the person's venues; the most severe first, then the newest."""
    urgency = Case(
        *(When(severity=severity, then=Value(place)) for place, severity in enumerate(ORDER)),
        output_field=IntegerField(),
    )
    return (
        Alert.objects.filter(within_venues(user, "venue"), status__in=STANDING)
        .select_related(*RELATED)
        .order_by("-status", urgency, "-opened_at", "-pk")
    )


def count_open(user: User | AnonymousUser) -> int:
    """How many of medium and high severity nobody has acknowledged, at the person's venues."""
    found = Alert.objects.filter(within_venues(user, "venue"), status=AlertStatus.OPEN)
    return found.exclude(severity=Severity.INFO).count()
