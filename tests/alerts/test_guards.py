"""What the database itself refuses of alerts, whoever asks and however."""

from datetime import time
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from alerts.enums import TRANSITIONS, AlertStatus, DeliveryStatus, Kind, Pace, Per, Transport, Unit
from alerts.evaluation import stock
from alerts.models import (
    Alert,
    AlertRule,
    AlertStep,
    AlertTeam,
    Delivery,
    Endpoint,
    Mailing,
    PaceHistory,
    PaceSlot,
)
from common.actor import SYSTEM
from events.models import Venue
from tests.alerts.staging import make_endpoint, make_rule, team_of
from tests.factories import Stage, make_event, make_stage, make_user
from tests.kept import kept
from tests.proofs import execute, violates
from transfers import services
from transfers.models import TransferNotice
from transfers.services import Wish

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


@kept
def alert(stage: Stage) -> Alert:
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    (found,) = (one for one in stock.evaluate_due(timezone.now()) if one.rule and one.rule.event)
    return found


def change(alert: Alert, assignments: str) -> None:
    execute(f"UPDATE alerts_alert SET {assignments} WHERE id = %s", alert.pk)  # noqa: S608 - our own words


# --- Alerts ---------------------------------------------------------------------------------

TIMES = {
    AlertStatus.OPEN: "acknowledged_at = NULL, resolved_at = NULL",
    AlertStatus.ACKNOWLEDGED: "acknowledged_at = now(), resolved_at = NULL",
    AlertStatus.RESOLVED: "resolved_at = now()",
}


@pytest.mark.parametrize("before", AlertStatus)
@pytest.mark.parametrize("after", AlertStatus)
def test_an_alert_goes_only_where_the_table_says(
    alert: Alert, before: AlertStatus, after: AlertStatus
) -> None:
    if before != AlertStatus.OPEN:
        change(alert, f"status = '{before}', {TIMES[before]}")
    move = f"status = '{after}', {TIMES[after]}"
    if after in TRANSITIONS[before] or after == before:
        change(alert, move)
    else:
        with violates("alerts_alert_status_moves"):
            change(alert, move)


def test_one_alert_of_a_rule_and_a_subject_stands(alert: Alert) -> None:
    values = {
        name: getattr(alert, name)
        for name in ("rule_id", "kind", "severity", "subject", "seen", "threshold")
    }
    again = Alert(**values, latest=1, latest_at=timezone.now(), opened_at=timezone.now())
    with violates("alert_stands_once"):
        again.save()
    change(alert, "status = 'RESOLVED', resolved_at = now()")
    again.pk = None
    again.save()


def test_what_was_found_stays_and_times_fit_the_status(alert: Alert) -> None:
    with violates("alert_keeps_what_was_found"):
        change(alert, "seen = 3")
    with violates("alert_times_fit_status"):
        change(alert, "status = 'ACKNOWLEDGED'")


def test_steps_are_a_record(alert: Alert) -> None:
    step = alert.steps.get()
    with violates("alertstep_never_changed"):
        execute("UPDATE alerts_alertstep SET note = 'x' WHERE id = %s", step.pk)
    with violates("alertstep_once"):
        AlertStep.objects.create(alert=alert, step=step.step, at=timezone.now())


# --- Rules ----------------------------------------------------------------------------------

VELOCITY = {"kind": Kind.VELOCITY, "per": "", "unit": "", "threshold": 5}
WINDOW = {"window_minutes": 60, "pace": Pace.BOTH, "probability": 1e-5}
RISK = {"kind": Kind.OVERSELL_RISK, "per": "", "unit": ""}
GAP = {"kind": Kind.SELL_THROUGH_GAP, "per": "", "unit": "", "threshold": 80}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("alertrule_kind_known", {"kind": "WEATHER", "per": "", "unit": "", "event": None}),
        ("alertrule_not_negative", {"threshold": -1}),
        ("alertrule_not_negative", {"hysteresis": -1}),
        ("alertrule_low_stock_of_what", {"per": ""}),
        ("alertrule_low_stock_of_what", {**RISK, "per": Per.POOL}),
        ("alertrule_percent_within_100", {"unit": Unit.PERCENT, "threshold": 101}),
        ("alertrule_percent_within_100", {**RISK, "threshold": 101}),
        ("alertrule_gap_between_two", GAP),
        ("alertrule_gap_between_two", {**GAP, "other_threshold": 80}),
        ("alertrule_gap_between_two", {"other_threshold": 20}),
        ("alertrule_velocity_has_its_window", VELOCITY),
        ("alertrule_velocity_has_its_window", {**VELOCITY, **WINDOW, "window_minutes": 45}),
        ("alertrule_velocity_has_its_window", {**VELOCITY, **WINDOW, "probability": 0.5}),
        ("alertrule_velocity_has_its_window", {"window_minutes": 60}),
        (
            "alertrule_event_where_stock_is_watched",
            {"kind": Kind.PAYMENT_OVERDUE, "per": "", "unit": ""},
        ),
        ("alertrule_partner_of_own_channel", {**RISK, "tells_partner": True}),
        ("alertrule_escalates_later", {"escalate_minutes": 0}),
    ],
)
def test_a_rule_fits_its_kind(stage: Stage, constraint: str, fields: dict[str, Any]) -> None:
    event = stage.event
    low_stock = {
        "venue": event.venue,
        "event": event,
        "threshold": 5,
        "kind": Kind.LOW_STOCK,
        "per": Per.CHANNEL,
        "unit": Unit.UNITS,
    }
    with violates(constraint):
        AlertRule.objects.create(**low_stock | fields)


def without_triggers() -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE alerts_alertrule DISABLE TRIGGER USER")


def test_what_a_rule_names_belongs_together(stage: Stage) -> None:
    other = make_stage()
    with violates("alertrule_within_venue"):
        make_rule(stage, event=other.event)
    with violates("alertrule_within_venue"):
        make_rule(stage, pool=other.pools["GA"])
    with violates("alertrule_within_venue"):
        make_rule(stage, channel=other.channels["web"])
    with violates("alertrule_event_has_its_venue"):
        without_triggers()
        make_rule(stage, venue=None)
    with violates("alertrule_pool_has_its_event"):
        without_triggers()
        make_rule(stage, event=None, pool=stage.pools["GA"])
    rule = make_rule(stage)
    with violates("alertrule_name_once"):
        make_rule(stage)
    with violates("alertrule_teams_within_venue"):
        rule.teams.add(team_of(other, Role.FINANCE))
    with violates("alertrule_teams_within_venue"):
        rule.escalate_to.add(team_of(other, Role.FINANCE))


# --- Teams and endpoints --------------------------------------------------------------------


def test_a_venue_begins_with_its_teams_and_rules(stage: Stage) -> None:
    teams = AlertTeam.objects.filter(venue=stage.event.venue)
    assert set(teams.values_list("role", flat=True)) == {
        Role.VENUE_MANAGER,
        Role.BOX_OFFICE,
        Role.PARTNER_MANAGER,
        Role.FINANCE,
    }
    rules = AlertRule.objects.filter(venue=stage.event.venue)
    assert {rule.kind for rule in rules} == set(Kind) - {Kind.LEDGER_DIFFERENCE}
    for rule in rules:
        rule.full_clean()
        assert rule.teams.exists() or rule.tells_channel_team


def test_teams_are_named_once_and_quiet_from_until(stage: Stage) -> None:
    venue = stage.event.venue
    with violates("alertteam_name_once"):
        AlertTeam.objects.create(venue=venue, name="Finance")
    with violates("alertteam_role_once"):
        AlertTeam.objects.create(venue=venue, name="Money", role=Role.FINANCE)
    with violates("alertteam_role_at_a_venue"):
        AlertTeam.objects.create(name="Everywhere", role=Role.FINANCE)
    with violates("alertteam_quiet_from_and_until"):
        AlertTeam.objects.create(venue=venue, name="Own", quiet_from=time(22))
    with violates("alertteam_quiet_from_and_until"):
        AlertTeam.objects.create(venue=venue, name="Own", quiet_from=time(22), quiet_until=time(22))
    with violates("alertteam_digest_within_a_day"):
        AlertTeam.objects.create(venue=venue, name="Own", digest_minutes=24 * 60 + 1)


def test_an_endpoint_is_of_a_team_or_of_a_channel(stage: Stage) -> None:
    team, web = team_of(stage, Role.FINANCE), stage.channels["web"]
    email = {"transport": Transport.EMAIL, "address": "a@example.com"}
    with violates("endpoint_of_team_or_channel"):
        Endpoint.objects.create(**email)
    with violates("endpoint_of_team_or_channel"):
        Endpoint.objects.create(team=team, channel=web, **email)
    Endpoint.objects.create(team=team, **email)
    Endpoint.objects.create(channel=web, **email)
    with violates("endpoint_once_in_team"):
        Endpoint.objects.create(team=team, **email)
    with violates("endpoint_once_for_channel"):
        Endpoint.objects.create(channel=web, **email)
    with violates("endpoint_disabled_with_reason"):
        Endpoint.objects.update(disabled_at=timezone.now())
    with violates("endpoint_of_person_is_email"):
        Endpoint.objects.create(
            team=team, person=make_user(), transport=Transport.SMS, address="+919900112233"
        )


# --- Deliveries and counts ------------------------------------------------------------------


def test_a_delivery_says_one_thing_once(stage: Stage, alert: Alert) -> None:
    endpoint = make_endpoint(team_of(stage, Role.FINANCE))
    now = timezone.now()
    opened = {"endpoint": endpoint, "alert": alert, "purpose": "OPENED", "due_at": now}
    Delivery.objects.create(**opened)
    with violates("delivery_of_alert_once"):
        Delivery.objects.create(**opened)
    with violates("delivery_says_something"):
        Delivery.objects.create(endpoint=endpoint, purpose="OPENED", due_at=now)
    with violates("delivery_times_fit_status"):
        Delivery.objects.update(status=DeliveryStatus.SENT)
    with violates("delivery_failure_says_why"):
        Delivery.objects.update(status=DeliveryStatus.FAILED, ended_at=now)


def test_news_of_a_transfer_is_sent_once_to_an_address() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 40})
    endpoint = make_endpoint(team_of(stage, Role.FINANCE))
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 10, "Slow")
    services.request(wish, by=SYSTEM, now=timezone.now())
    news = {
        "endpoint": endpoint,
        "notice": TransferNotice.objects.all()[0],
        "purpose": "NOTICE",
        "due_at": timezone.now(),
    }
    Delivery.objects.create(**news)
    with violates("delivery_of_notice_once"):
        Delivery.objects.create(**news)


def test_a_slot_is_counted_once_and_has_fifteen_minutes(stage: Stage) -> None:
    slot = {"stock": stage.row(), "slot": timezone.now()}
    PaceSlot.objects.create(**slot, sold=3)
    with violates("paceslot_once"):
        PaceSlot.objects.create(**slot)
    history = {
        f"{which}_{what}": 0
        for which in ("same", "any")
        for what in ("windows", "units", "squares", "open")
    }
    past = {"stock": stage.row(), "window_minutes": 60, "quarter": timezone.now(), **history}
    PaceHistory.objects.create(**past)
    with violates("pacehistory_once"):
        PaceHistory.objects.create(**past)
    with violates("paceslot_shut_within_slot"):
        PaceSlot.objects.create(stock=stage.row(), slot=make_event().starts_at, shut_seconds=901)


def test_a_venue_cannot_begin_without_rules_and_teams() -> None:
    with violates("venue_begins_with_alert_rules"):
        services.begin_policies([Venue.objects.create(name="Bare", slug="bare")])
    assert not Venue.objects.exists()


def test_a_mailing_goes_to_an_address_once_and_its_file_has_a_name(stage: Stage) -> None:
    mailing = Mailing.objects.create(venue=stage.event.venue, subject="Sales", path="/admin/")
    endpoint = make_endpoint(team_of(stage, Role.FINANCE))
    values: dict[str, Any] = {"endpoint": endpoint, "mailing": mailing, "purpose": "REPORT"}
    Delivery.objects.create(**values, due_at=timezone.now())
    with violates("delivery_of_mailing_once"):
        execute(
            "INSERT INTO alerts_delivery (uuid, endpoint_id, mailing_id, purpose, due_at)"
            " VALUES (gen_random_uuid(), %s, %s, 'REPORT', now())",
            endpoint.pk,
            mailing.pk,
        )
    with violates("mailing_file_has_a_name"):
        execute("UPDATE alerts_mailing SET file = 'x' WHERE id = %s", mailing.pk)
