"""Reads of alerts that more than one page needs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Case, Count, IntegerField, Max, Q, Value, When

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import STANDING, AlertStatus, Kind, Per, Severity, Unit
from alerts.kinds import FOR_PARTNERS
from alerts.models import Alert, AlertTeam
from alerts.words import title
from events.models import Event

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
# What the partner of its channel may know of.
FOR_PARTNER = Q(kind__in=FOR_PARTNERS, rule__tells_partner=True)
# What the badge counts: nobody has taken it on, and it is not for the digest.
PRESSING = Q(status=AlertStatus.OPEN) & ~Q(severity=Severity.INFO)

# Of standing alerts: those that nobody has taken on, the most severe first, then the newest.
BY_URGENCY = (
    "-status",
    Case(
        *(When(severity=severity, then=Value(place)) for place, severity in enumerate(ORDER)),
        output_field=IntegerField(),
    ).asc(),
    "-opened_at",
    "-pk",
)


class Tally(NamedTuple):
    """The standing alerts of some venues, and the number of the newest."""

    open: int = 0
    standing: int = 0
    newest: int = 0

    def __add__(self, other: "Tally") -> "Tally":  # type: ignore[override]
        return Tally(
            self.open + other.open,
            self.standing + other.standing,
            max(self.newest, other.newest),
        )


_TALLY = {
    "open": Count("pk", filter=PRESSING),
    "standing": Count("pk"),
    "newest": Max("pk", default=0),
}


def count_open(user: User | AnonymousUser) -> int:
    """How many of medium and high severity nobody has acknowledged, at the person's venues."""
    return Alert.objects.filter(PRESSING, within_venues(user, "venue")).count()


class PoolThreshold(NamedTuple):
    """From where on a rule finds too little left of an event's pools, or of one of them."""

    event_id: int
    pool_id: int | None
    unit: str
    threshold: Decimal

    def is_crossed(self, pool_id: int, left: int, capacity: int) -> bool:
        """As ``holds`` in alerts/kinds/low_stock.sql; of a pool with a capacity."""
        if self.pool_id not in {None, pool_id}:
            return False
        share = left if self.unit == Unit.UNITS else 100 * Decimal(left) / capacity
        return share < self.threshold


def pool_thresholds(events: Sequence[int]) -> list[PoolThreshold]:
    """Of the low-stock rules that speak for events, and count what is free of a pool."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_id, pool_id, unit, threshold FROM alerts_rules_for(%s, %s) WHERE per = %s",
            [list(events), Kind.LOW_STOCK, Per.POOL],
        )
        return [PoolThreshold(*row) for row in cursor.fetchall()]


def people_of(teams: Sequence[AlertTeam]) -> dict[int, list[User]]:
    """Team → the people who are told with it now, by name; two statements for all teams."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT team, person FROM unnest(%s::bigint[]) team, alerts_people(team) person",
            [[team.pk for team in teams]],
        )
        pairs = cursor.fetchall()
    people = User.objects.in_bulk({person for _team, person in pairs})
    by_team: dict[int, list[User]] = {team.pk: [] for team in teams}
    for team, person in pairs:
        by_team[team].append(people[person])
    for members in by_team.values():
        members.sort(key=lambda person: (person.name.lower(), person.email))
    return by_team


def count_severe(user: User | AnonymousUser) -> tuple[int, int]:
    """How many of any severity nobody has acknowledged, as the board lists them, and how many of these are of high severity."""
    unacknowledged = Alert.objects.filter(within_venues(user, "venue"), status=AlertStatus.OPEN)
    counts = unacknowledged.aggregate(
        open=Count("pk"), severe=Count("pk", filter=Q(severity=Severity.CRITICAL))
    )
    return counts["open"], counts["severe"]


def tallies() -> dict[int | None, Tally]:
    """Of every venue that has any; ``None``: of what concerns all of them."""
    counts = Alert.objects.filter(status__in=STANDING).order_by().values("venue").annotate(**_TALLY)
    rows = counts.values_list("venue", *Tally._fields)
    return {venue: Tally(*numbers) for venue, *numbers in rows}


def tally(user: User | AnonymousUser) -> Tally:
    """Of the person's venues."""
    alerts = Alert.objects.filter(within_venues(user, "venue"), status__in=STANDING)
    return Tally(**alerts.aggregate(**_TALLY))


class StandingAlert(NamedTuple):
    """An alert, and what is wrong in a line."""

    alert: Alert
    title: str


def standing_alerts_of(event: Event, maximum: int) -> list[StandingAlert]:
    """What stands at an event, the most urgent first; at most so many. Whether a person may see them is not asked here."""
    standing = Alert.objects.filter(event=event, status__in=STANDING)
    alerts = standing.select_related(*RELATED).order_by(*BY_URGENCY)[:maximum]
    return [StandingAlert(alert, title(alert)) for alert in alerts]


class Contact(NamedTuple):
    """When a channel's programs were last heard of, and whether that is too long ago: ``alerts_contact()`` says when it is.

    ``allowed``: so many minutes may pass without a sign. Without ``sells`` nobody waits for one.
    """

    last_at: datetime | None
    minutes: float
    allowed: float
    sells: bool
    is_silent: bool


_CONTACTS = """
SELECT DISTINCT ON (channel_id) channel_id, last_at, coalesce(minutes, 0), threshold, sells, is_silent
  FROM alerts_contact(%s) WHERE channel_id = ANY (%s) ORDER BY channel_id, threshold
"""


def contacts_of(channels: Sequence[int], now: datetime) -> dict[int, Contact]:
    """Channel → whether it is in contact, by the strictest of the rules that watch it; in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [now, list(channels)])
        return {channel: Contact(*values) for channel, *values in cursor.fetchall()}


def teams_with(user: User) -> list[int]:
    """The teams of which the person is, as messages count them (alerts/sql/alerts_people.sql)."""
    teams = AlertTeam.objects.filter(within_venues(user, "venue") | Q(venue=None)).order_by()
    numbers = list(teams.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id FROM unnest(%s::bigint[]) t (id) WHERE %s IN (SELECT alerts_people(t.id))",
            [numbers, user.pk],
        )
        return [row[0] for row in cursor.fetchall()]
