"""Who is told of an alert, when, and that it is once."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from alerts import notify, services
from alerts.enums import AlertStatus, Kind, Purpose, Severity, Step, Transport
from alerts.errors import AlreadyHandledError
from alerts.evaluation import stock
from alerts.messages import compose
from alerts.messages.content import RELATED
from alerts.models import Alert, AlertTeam, Delivery, Endpoint
from allocations.enums import Team
from common.actor import Actor
from common.errors import NotFoundError
from tests.alerts.rendering import rendered
from tests.alerts.staging import make_endpoint, make_member, make_rule, team_of
from tests.factories import Stage, make_stage, make_user
from transfers import services as transfers
from transfers.models import TransferNotice
from transfers.services import Wish

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def begin(stage: Stage, now: datetime | None = None, **fields: Any) -> Alert:
    """An alert of an event's own rule, which names the teams given."""
    teams = fields.pop("teams", ())
    escalate_to = fields.pop("escalate_to", ())
    rule = make_rule(stage, **fields)
    rule.teams.set(teams)
    rule.escalate_to.set(escalate_to)
    stage.sell([("Ticket", 60)])
    (alert,) = (one for one in stock.evaluate_due(now or timezone.now()) if one.rule_id == rule.pk)
    return alert


def told(alert: Alert, purpose: Purpose = Purpose.OPENED) -> list[str]:
    return sorted(
        alert.deliveries.filter(purpose=purpose).values_list("endpoint__address", flat=True)
    )


def test_a_team_is_its_people_by_role_and_by_name_and_its_endpoints() -> None:
    stage, other = make_stage(), make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    make_member(stage, Role.BOX_OFFICE, email="desk@venue.example")
    make_member(stage, Role.FINANCE, email="money@venue.example")
    make_member(other, Role.BOX_OFFICE, email="elsewhere@venue.example")
    make_member(stage, Role.BOX_OFFICE, email="gone@venue.example", is_active=False)
    named = make_member(stage, Role.AUDITOR, email="named@venue.example")
    outside = make_user(email="outside@venue.example")
    team.members.set([named, outside])
    make_endpoint(team, "+919900112233", transport=Transport.SMS)
    make_endpoint(team, "off@venue.example", is_active=False)
    alert = begin(stage, teams=[team])
    assert told(alert) == ["+919900112233", "desk@venue.example", "named@venue.example"]
    alert.refresh_from_db()
    assert alert.told_at is not None


def test_where_a_team_has_nobody_the_venues_managers_are_told_and_it_says_so() -> None:
    stage = make_stage()
    make_member(stage, Role.VENUE_MANAGER, email="manager@venue.example")
    finance = team_of(stage, Role.FINANCE)
    make_endpoint(finance, "off@venue.example", is_active=False)
    alert = begin(stage, teams=[finance])
    assert told(alert) == ["manager@venue.example"]
    delivery = Delivery.objects.select_related(*RELATED).get(alert=alert)
    assert delivery.for_nobody
    found = rendered(compose([delivery], timezone.now()))
    assert "you get it in their place" in found.text
    assert "you get it in their place" in found.html


def test_where_there_are_no_managers_either_it_goes_to_who_administers_the_system() -> None:
    stage = make_stage()
    make_user(email="root@house.example", is_superuser=True)
    alert = begin(stage, teams=[team_of(stage, Role.FINANCE)])
    assert told(alert) == ["root@house.example"]
    assert alert.deliveries.get().for_nobody


def test_nobody_else_is_told_where_a_team_has_somebody_or_the_rule_names_no_team() -> None:
    stage, other = make_stage(), make_stage()
    for one in (stage, other):
        make_member(one, Role.VENUE_MANAGER, email=f"manager{one.event.pk}@venue.example")
    make_endpoint(team_of(stage, Role.FINANCE), "money@venue.example")
    alert = begin(stage, teams=[team_of(stage, Role.FINANCE), team_of(stage, Role.BOX_OFFICE)])
    assert told(alert) == ["money@venue.example"]
    assert not alert.deliveries.get().for_nobody
    assert told(begin(other)) == []


def test_the_team_that_looks_after_the_channel_is_told() -> None:
    stage = make_stage()
    make_member(stage, Role.BOX_OFFICE, email="desk@venue.example")
    make_member(stage, Role.PARTNER_MANAGER, email="partners@venue.example")
    stage.channels["web"].team = Team.PARTNERS
    stage.channels["web"].save()
    assert told(begin(stage, tells_channel_team=True)) == ["partners@venue.example"]


def test_who_is_in_two_teams_is_told_once() -> None:
    stage = make_stage()
    person = make_member(stage, Role.BOX_OFFICE, email="both@venue.example")
    finance = team_of(stage, Role.FINANCE)
    finance.members.add(person)
    alert = begin(stage, teams=[team_of(stage, Role.BOX_OFFICE), finance])
    assert told(alert) == ["both@venue.example"]


def test_the_partner_of_the_channel_is_told_where_the_rule_says_so() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "web"): 100})
    for channel in ("web", "hotel"):
        Endpoint.objects.create(
            channel=stage.channels[channel],
            transport=Transport.EMAIL,
            address=f"{channel}@partner.example",
        )
    assert told(begin(stage, tells_partner=True)) == ["web@partner.example"]


def test_an_address_that_has_changed_follows_its_person() -> None:
    stage = make_stage()
    person = make_member(stage, Role.BOX_OFFICE, email="old@venue.example")
    team = team_of(stage, Role.BOX_OFFICE)
    begin(stage, teams=[team])
    person.email = "new@venue.example"
    person.save()
    assert told(begin_again(stage)) == ["new@venue.example"]


def begin_again(stage: Stage) -> Alert:
    """The same rule's next alert, after the first was resolved by hand."""
    alert = Alert.objects.get(status=AlertStatus.OPEN, kind=Kind.LOW_STOCK, event=stage.event)
    services.resolve([alert.pk], by=Actor.person(make_user()), now=timezone.now())
    (found,) = stock.evaluate_due(timezone.now() + 2 * MINUTE)
    return found


def test_a_muted_rule_is_told_when_it_is_muted_no_longer() -> None:
    stage = make_stage()
    make_member(stage, Role.BOX_OFFICE)
    now = timezone.now()
    team = team_of(stage, Role.BOX_OFFICE)
    alert = begin(stage, teams=[team], muted_until=now + 10 * MINUTE)
    assert told(alert) == []
    assert notify.tell(now + 9 * MINUTE) == 0
    assert notify.tell(now + 10 * MINUTE) == 1
    assert notify.tell(now + 11 * MINUTE) == 0
    assert len(told(alert)) == 1


# --- When -----------------------------------------------------------------------------------

# Kolkata is five and a half hours ahead of UTC.
NIGHT = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # 01:30 there, of the next day
DAY = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)  # 12:00


@pytest.mark.parametrize(
    ("now", "severity", "due"),
    [
        (DAY, Severity.WARNING, DAY),
        (NIGHT, Severity.WARNING, datetime(2026, 3, 2, 1, 30, tzinfo=UTC)),
        (NIGHT, Severity.CRITICAL, NIGHT),
        # Low severity is gathered for an hour, and then it is night.
        (DAY, Severity.INFO, DAY + 60 * MINUTE),
        (
            datetime(2026, 3, 1, 16, 0, tzinfo=UTC),
            Severity.INFO,
            datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        ),
    ],
)
def test_quiet_hours_are_the_teams_and_its_zones(
    now: datetime, severity: Severity, due: datetime
) -> None:
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    team.quiet_from, team.quiet_until = time(22), time(7)
    team.save()
    make_endpoint(team)
    alert = begin(stage, now=now, teams=[team], severity=severity)
    delivery = alert.deliveries.get()
    assert delivery.due_at == due
    assert delivery.is_digest == (severity == Severity.INFO)


def test_a_team_may_have_a_zone_of_its_own() -> None:
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    team.quiet_from, team.quiet_until, team.time_zone = time(9), time(17), "America/New_York"
    team.save()
    make_endpoint(team)
    delivery = begin(stage, now=datetime(2026, 1, 5, 15, tzinfo=UTC), teams=[team]).deliveries.get()
    assert delivery.due_at == datetime(2026, 1, 5, 22, tzinfo=UTC)


# --- What people do with it -----------------------------------------------------------------


def test_what_nobody_acknowledges_is_escalated_once() -> None:
    stage = make_stage()
    make_member(stage, Role.BOX_OFFICE, email="desk@venue.example")
    make_member(stage, Role.VENUE_MANAGER, email="boss@venue.example")
    alert = begin(
        stage,
        teams=[team_of(stage, Role.BOX_OFFICE)],
        escalate_minutes=10,
        escalate_to=[team_of(stage, Role.VENUE_MANAGER)],
    )
    now = timezone.now()
    assert notify.escalate(now + 9 * MINUTE) == 0
    assert notify.escalate(now + 11 * MINUTE) == 1
    assert notify.escalate(now + 30 * MINUTE) == 0
    assert told(alert, Purpose.ESCALATED) == ["boss@venue.example"]
    assert alert.steps.filter(step=Step.ESCALATED).count() == 1


def test_what_is_acknowledged_is_not_escalated_and_ends_by_itself() -> None:
    stage = make_stage()
    person = make_user()
    alert = begin(stage, teams=[team_of(stage, Role.BOX_OFFICE)], escalate_minutes=10)
    by = Actor.person(person)
    services.acknowledge([alert.pk], by=by, now=timezone.now(), note="On it")
    assert notify.escalate(timezone.now() + 30 * MINUTE) == 0
    with pytest.raises(AlreadyHandledError):
        services.acknowledge([alert.pk], by=by, now=timezone.now())
    step = alert.steps.get(step=Step.ACKNOWLEDGED)
    assert (step.user, step.note) == (person, "On it")
    services.resolve([alert.pk], by=by, now=timezone.now())
    with pytest.raises(AlreadyHandledError):
        services.resolve([alert.pk], by=by, now=timezone.now())
    with pytest.raises(NotFoundError):
        services.resolve([alert.pk, 999_999], by=by, now=timezone.now())


def test_what_is_resolved_by_hand_and_still_holds_is_told_anew() -> None:
    stage = make_stage()
    first = begin(stage)
    assert begin_again(stage).pk != first.pk


# --- Partners of channels -------------------------------------------------------------------


def test_partners_are_told_of_transfers_once() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 40})
    hotel = Endpoint.objects.create(
        channel=stage.channels["hotel"], transport=Transport.EMAIL, address="hotel@partner.example"
    )
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 10, "Slow")
    transfers.request(wish, by=Actor.person(make_user()), now=timezone.now())
    now = timezone.now()
    assert notify.tell_partners(now) == 1
    assert notify.tell_partners(now) == 0
    delivery = Delivery.objects.get()
    assert (delivery.endpoint, delivery.purpose) == (hotel, Purpose.NOTICE)
    assert TransferNotice.objects.filter(sent_at=None).count() == 0


def test_the_number_of_statements_depends_on_nothing() -> None:
    def cost(count: int) -> int:
        for _ in range(count):
            stage = make_stage()
            for _person in range(count):
                make_member(stage, Role.BOX_OFFICE)
                make_endpoint(team_of(stage, Role.BOX_OFFICE), make_user().email)
            stage.sell([("Ticket", 95)])
        Alert.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            stock.evaluate_due(timezone.now())
        assert AlertTeam.objects.count() > count
        return len(asked)

    assert cost(1) == cost(3)
