"""Reads of alerts that more than one page needs."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import STANDING, AlertStatus, Severity
from alerts.models import Alert, AlertTeam

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


def people_of(teams: Sequence[AlertTeam]) -> dict[int, list[User]]:
    """Team → the people who are told with it now, by name; two statements for all teams."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT team, person FROM unnest(%s::bigint[]) team, alerts_people(team) person",
            [[team.pk for team in teams]],
        )
        pairs = cursor.fetchall()
    people = User.objects.in_bulk({person for _team, person in pairs})
    found: dict[int, list[User]] = {team.pk: [] for team in teams}
    for team, person in pairs:
        found[team].append(people[person])
    for told in found.values():
        told.sort(key=lambda one: (one.name.lower(), one.email))
    return found
