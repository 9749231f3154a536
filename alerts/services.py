"""What people do with alerts, and with the addresses that they go to. Each opens its own transaction, unless it says
that it needs one.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import STANDING, TO_PEOPLE, AlertStatus, Purpose, Step
from alerts.errors import AlreadyHandledError
from alerts.live import publish
from alerts.models import Alert, AlertRule, AlertStep, AlertTeam, Delivery, Endpoint, Mailing
from alerts.venue_beginnings import RULES, TEAMS
from common.actor import Actor
from common.errors import NotFoundError
from common.history import save_because
from events.models import Venue
from transfers.services import begin_policies

MAX_NOTE = 300


def acknowledge(
    ids: Sequence[int],
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    through: Endpoint | None = None,
) -> list[Alert]:
    """Take alerts on: they stay, and are not escalated any more.

    ``through``: the endpoint whose message the signed link was in, where no person is known. All or none:
    raises ``AlreadyHandledError`` naming those that are not open any more, ``NotFoundError``.
    """
    with transaction.atomic():
        alerts = _locked(ids)
        _require(alerts, (AlertStatus.OPEN,), "is not open any more")
        for alert in alerts:
            alert.status = AlertStatus.ACKNOWLEDGED
            alert.acknowledged_at, alert.acknowledged_by_id = now, by.user_id
        Alert.objects.bulk_update(alerts, ("status", "acknowledged_at", "acknowledged_by"))
        record(alerts, Step.ACKNOWLEDGED, at=now, by=by, note=note, through=through)
        publish(alerts)
    return alerts


def resolve(
    ids: Sequence[int],
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    through: Endpoint | None = None,
) -> list[Alert]:
    """End alerts by hand. What still holds is told anew after the rule's pause. Raises as ``acknowledge``."""
    with transaction.atomic():
        alerts = _locked(ids)
        _require(alerts, STANDING, "has ended already")
        end(alerts, at=now, by=by, note=note, through=through)
    return alerts


def end(
    alerts: Sequence[Alert],
    *,
    at: datetime,
    by: Actor,
    note: str = "",
    through: Endpoint | None = None,
) -> None:
    """Write that standing alerts have ended. Needs the transaction in which they were locked."""
    for alert in alerts:
        alert.status, alert.resolved_at = AlertStatus.RESOLVED, at
        alert.resolved_by_id = by.user_id
    Alert.objects.bulk_update(alerts, ("status", "resolved_at", "resolved_by"))
    record(alerts, Step.RESOLVED, at=at, by=by, note=note, through=through)
    publish(alerts)


def record(
    alerts: Sequence[Alert],
    step: Step,
    *,
    at: datetime,
    by: Actor,
    note: str = "",
    through: Endpoint | None = None,
) -> None:
    """Keep that each alert has taken a step. Needs the transaction in which it does."""
    AlertStep.objects.bulk_create(
        AlertStep(
            alert=alert,
            step=step,
            at=at,
            user_id=by.user_id,
            endpoint=through,
            note=note.strip()[:MAX_NOTE],
        )
        for alert in alerts
    )


def send_test(endpoint: Endpoint, *, by: Actor, now: datetime) -> Delivery:
    """Have a test message sent, also to an endpoint that is disabled: success enables it again."""
    return Delivery.objects.create(
        endpoint=endpoint, purpose=Purpose.TEST, due_at=now, requested_by_id=by.user_id
    )


def answer_test(delivery: Delivery, *, now: datetime) -> None:
    """Keep when a test message was first answered."""
    Delivery.objects.filter(pk=delivery.pk, answered_at=None).update(answered_at=now)


def enable(endpoint: Endpoint, *, by: Actor, reason: str) -> None:
    """Let messages go to a disabled endpoint again."""
    endpoint.disabled_at, endpoint.disabled_reason = None, ""
    endpoint.failures, endpoint.not_before = 0, None
    endpoint.is_active = True
    fields = ("disabled_at", "disabled_reason", "failures", "not_before", "is_active")
    with transaction.atomic():
        save_because(endpoint, reason, by=by, fields=fields)


def _locked(ids: Sequence[int]) -> list[Alert]:
    """By primary key, as all that lock several."""
    alerts = list(
        Alert.objects.select_for_update(of=("self",))
        .select_related("venue", "event", "rule")
        .filter(pk__in=ids)
        .order_by("pk")
    )
    if missing := set(ids) - {alert.pk for alert in alerts}:
        raise NotFoundError(f"There is no alert {min(missing)}.", field="alert")
    return alerts


def _require(alerts: Sequence[Alert], statuses: Sequence[AlertStatus], what: str) -> None:
    late = [alert for alert in alerts if alert.status not in statuses]
    if late:
        raise AlreadyHandledError(
            f"Alert “{late[0]}” {what}: it is {AlertStatus(late[0].status).label.lower()}.",
            alerts=[alert.pk for alert in late],
        )


def begin_venues(venues: Sequence[Venue]) -> None:
    """Give venues that have just been saved all that one begins with: policy, teams and rules.

    Needs the transaction in which they were saved: the database refuses a venue that begins without.
    """
    begin_policies(venues)
    teams = AlertTeam.objects.bulk_create(
        AlertTeam(venue=venue, name=name, role=role)
        for venue in venues
        for role, name in TEAMS.items()
    )
    of_role = {(team.venue_id, team.role): team for team in teams}
    first = [(venue, rule) for venue in venues for rule in RULES]
    rules = AlertRule.objects.bulk_create(
        AlertRule(
            venue=venue,
            name=rule.name,
            kind=rule.kind,
            threshold=rule.threshold,
            severity=rule.severity,
            cooldown_minutes=rule.cooldown_minutes,
            **rule.terms,
        )
        for venue, rule in first
    )
    rule_teams = AlertRule.teams.through
    rule_teams.objects.bulk_create(
        rule_teams(alertrule=made, alertteam=of_role[venue.pk, role])
        for made, (venue, rule) in zip(rules, first, strict=True)
        for role in rule.teams
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT alerts_record_beginnings(venue) FROM unnest(%s::bigint[]) venue",
            [[venue.pk for venue in venues]],
        )


# --- Mailings -------------------------------------------------------------------------------


def may_get(mailing: Mailing, endpoint: Endpoint) -> bool:
    """Whether it is still for this address: a person has to work for the venue and have the rights, now."""
    if endpoint.person is None:
        return endpoint.team is not None and endpoint.team.venue_id == mailing.venue_id
    return endpoint.person.email == endpoint.address and may_read(mailing, endpoint.person)


def may_read(mailing: Mailing, person: User) -> bool:
    at_venue = Venue.objects.filter(within_venues(person, "pk"), pk=mailing.venue_id)
    return person.has_perms(mailing.permissions) and at_venue.exists()


def send_mailing(
    mailing: Mailing, people: Sequence[User], endpoints: Sequence[Endpoint], now: datetime
) -> int:
    """Save it and have it sent by e-mail to these people and addresses of its venue; how many messages that are.

    Needs a transaction. Who may not read it, and what is no address of the venue or by e-mail, gets none.
    """
    mailing.save()
    own = [_own_endpoint(mailing, person) for person in people if may_read(mailing, person)]
    shared = [
        endpoint
        for endpoint in endpoints
        if endpoint.transport == TO_PEOPLE
        and endpoint.is_active
        and endpoint.disabled_at is None
        and may_get(mailing, endpoint)
    ]
    rows = [
        Delivery(mailing=mailing, endpoint=endpoint, purpose=Purpose.REPORT, due_at=now)
        for endpoint in {endpoint.pk: endpoint for endpoint in [*own, *shared]}.values()
    ]
    return len(Delivery.objects.bulk_create(rows))


def _own_endpoint(mailing: Mailing, person: User) -> Endpoint:
    """The person's address at a team of the venue: that of a member, else one that gets nothing but mailings."""
    own = Endpoint.objects.filter(
        person=person, team__venue=mailing.venue_id, transport=TO_PEOPLE, address=person.email
    )
    endpoint = own.order_by("pk").first()
    if endpoint is None:
        team = AlertTeam.objects.filter(venue=mailing.venue_id).order_by("pk").first()
        endpoint, _made = Endpoint.objects.update_or_create(
            team=team,
            transport=TO_PEOPLE,
            address=person.email,
            defaults={"person": person, "name": person.name},
        )
    return endpoint
