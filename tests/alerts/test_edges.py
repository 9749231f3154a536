"""What is easily wrong at the edges: of thresholds, quiet hours, mutes, addresses, digests."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from alerts import delivery, delivery_results, notify, retention, services
from alerts.enums import DeliveryStatus, Kind, Purpose, Severity
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.links import UsedUpLinkError, alert_link, follow
from alerts.models import Alert, AlertRule, Delivery, Endpoint, PaceSlot, StockPace
from alerts.transports.errors import RefusedForGoodError, RefusedForNowError
from allocations.enums import Connectivity, ContactKind
from allocations.models import ChannelContact, SalesChannel
from common.actor import Actor
from common.clock import database_now
from sales.models import LedgerCheck
from tests.alerts.staging import (
    make_endpoint,
    make_member,
    make_rule,
    standing,
    team_of,
)
from tests.factories import Stage, make_stage, make_user
from transfers import services as transfers
from transfers.services import Wish

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # 01:30 in Kolkata, of the next day
MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 07:00


def low_stock(stage: Stage, now: datetime | None = None, **fields: Any) -> Alert:
    teams = fields.pop("teams", ())
    rule = make_rule(stage, **fields)
    rule.teams.set(teams)
    stage.sell([("Ticket", 60)])
    (alert,) = (one for one in stock.evaluate_due(now or timezone.now()) if one.rule_id == rule.pk)
    return alert


def sleeping(stage: Stage, role: Role) -> Any:
    team = team_of(stage, role)
    team.quiet_from, team.quiet_until, team.time_zone = time(22), time(7), "Asia/Kolkata"
    team.save()
    return team


def test_a_threshold_beyond_all_numbers_stops_no_other_rule() -> None:
    stage = make_stage()
    rule = make_rule(stage, Kind.VELOCITY, threshold="9999999999.99")
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    now = timezone.now()
    stock.evaluate_due(now)
    Alert.objects.create(
        rule=rule,
        kind=rule.kind,
        severity=rule.severity,
        subject=f"pool:{stage.pools['GA'].pk} channel:{stage.channels['web'].pk} FASTER",
        venue=stage.event.venue,
        event=stage.event,
        pool=stage.pools["GA"],
        channel=stage.channels["web"],
        seen=60,
        latest=60,
        threshold=5,
        latest_at=now,
        opened_at=now,
    )
    stock.evaluate_due(now + 2 * MINUTE)
    assert len(standing()) == 1


def test_none_is_no_number_of_failures_or_differences_to_be_told_of() -> None:
    stage = make_stage()
    make_endpoint(team_of(stage, Role.BOX_OFFICE))
    LedgerCheck.objects.create(differences=0)
    for kind in (Kind.DELIVERY_FAILING, Kind.LEDGER_DIFFERENCE):
        AlertRule.objects.filter(kind=kind).update(threshold=0)
    assert periodic.evaluate(Cadence.SECONDS, timezone.now()) == []


def test_a_channel_whose_last_event_is_over_need_not_sync() -> None:
    stage = make_stage(starts_at=timezone.now() + timedelta(days=1))
    SalesChannel.objects.filter(pk=stage.channels["web"].pk).update(
        connectivity=Connectivity.PERIODIC
    )
    ChannelContact.objects.create(
        channel=stage.channels["web"], kind=ContactKind.SYNC, seen_at=timezone.now() - 61 * MINUTE
    )
    # It stays on sale until somebody closes it.
    close = stage.event.sales_close
    assert periodic.evaluate(Cadence.SECONDS, close) == []
    (alert,) = periodic.evaluate(Cadence.SECONDS, close - MINUTE)
    assert alert.kind == Kind.SYNC_OVERDUE
    periodic.evaluate(Cadence.SECONDS, close)
    assert standing(Kind.SYNC_OVERDUE) == []


def test_what_waits_for_the_morning_is_not_escalated_with_it() -> None:
    stage = make_stage()
    make_member(stage, Role.BOX_OFFICE)
    alert = low_stock(stage, NIGHT, teams=[sleeping(stage, Role.BOX_OFFICE)], escalate_minutes=30)
    assert notify.escalate(NIGHT + 31 * MINUTE) == 0
    assert notify.escalate(MORNING + 29 * MINUTE) == 0
    assert notify.escalate(MORNING + 30 * MINUTE) == 1
    assert alert.deliveries.filter(purpose=Purpose.ESCALATED).count() == 1


def test_what_is_gathered_is_escalated_after_it_was_told() -> None:
    stage = make_stage()
    make_member(stage, Role.BOX_OFFICE)
    now = timezone.now()
    team = team_of(stage, Role.BOX_OFFICE)
    low_stock(stage, now, teams=[team], severity=Severity.INFO, escalate_minutes=30)
    assert notify.escalate(now + 31 * MINUTE) == 0
    assert notify.escalate(now + 91 * MINUTE) == 1


def test_who_is_in_two_teams_hears_it_with_the_first_of_them() -> None:
    stage = make_stage()
    person = make_member(stage, Role.BOX_OFFICE)
    finance = team_of(stage, Role.FINANCE)
    finance.members.add(person)
    teams = [sleeping(stage, Role.BOX_OFFICE), finance]
    alert = low_stock(stage, NIGHT, teams=teams)
    assert alert.deliveries.get().due_at == NIGHT


def test_an_address_that_went_to_another_person_tells_that_one() -> None:
    stage = make_stage()
    first = make_member(stage, Role.BOX_OFFICE, email="counter@venue.example")
    team = team_of(stage, Role.BOX_OFFICE)
    rule = make_rule(stage)
    rule.teams.set([team])
    stage.sell([("Ticket", 60)])
    stock.evaluate_due(timezone.now())
    first.email = "own@venue.example"
    first.save()
    second = make_member(stage, Role.BOX_OFFICE, email="counter@venue.example")
    rule2 = make_rule(stage, name="Again", threshold=45)
    rule2.teams.set([team])
    (alert,) = stock.evaluate_due(timezone.now() + 2 * MINUTE)
    found = alert.deliveries.values_list("endpoint__person", "endpoint__address")
    assert set(found) == {
        (first.pk, "own@venue.example"),
        (second.pk, "counter@venue.example"),
    }


def test_a_link_in_a_mailbox_that_the_person_has_left_is_used_up() -> None:
    stage = make_stage()
    person = make_member(stage, Role.BOX_OFFICE, email="old@venue.example")
    alert = low_stock(stage, teams=[team_of(stage, Role.BOX_OFFICE)])
    token = alert_link(alert, alert.deliveries.get().endpoint).rstrip("/").rpartition("/")[2]
    assert follow(token).may_answer
    person.email = "new@venue.example"
    person.save()
    with pytest.raises(UsedUpLinkError):
        follow(token)


def test_what_is_muted_while_its_message_waits_is_not_sent_until_it_ends() -> None:
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    make_endpoint(team)
    alert = low_stock(stage, teams=[team])
    now = database_now() + MINUTE
    AlertRule.objects.filter(alerts=alert).update(muted_until=now + 10 * MINUTE)
    found = delivery.claim(now)
    assert found is not None
    assert found.deliveries == []
    assert delivery.claim(now) is None
    waiting = Delivery.objects.get()
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.PENDING, 0)
    found = delivery.claim(now + 10 * MINUTE)
    assert found is not None
    assert list(found.deliveries) == [waiting]


def test_what_joined_a_digest_late_does_not_fail_with_the_oldest_of_it() -> None:
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    endpoint = make_endpoint(team)
    first = low_stock(stage, teams=[team], severity=Severity.INFO)
    make_rule(stage, name="Again", threshold=45, severity=Severity.INFO).teams.set([team])
    (second,) = stock.evaluate_due(timezone.now() + 2 * MINUTE)
    Delivery.objects.filter(alert=first).update(attempts=delivery_results.MAX_ATTEMPTS - 1)
    later = database_now() + 180 * MINUTE
    found = delivery.claim(later)
    assert found is not None
    assert len(found.deliveries) == 2
    delivery_results.write(found.claim, endpoint, RefusedForNowError("busy"), later)
    of_first, of_second = (Delivery.objects.get(alert=one.pk) for one in (first, second))
    assert of_first.status == DeliveryStatus.FAILED
    assert of_second.status == DeliveryStatus.PENDING


def test_what_an_old_address_said_disables_no_new_one() -> None:
    stage = make_stage()
    team = team_of(stage, Role.BOX_OFFICE)
    endpoint = make_endpoint(team)
    low_stock(stage, teams=[team])
    now = database_now()
    found = delivery.claim(now)
    assert found is not None
    Endpoint.objects.filter(pk=endpoint.pk).update(address="new@example.com")
    delivery_results.write(
        found.claim, found.endpoint, RefusedForGoodError("550 No such user"), now
    )
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.failures) == (None, 0)
    anew = delivery.claim(now)
    assert anew is not None
    assert anew.endpoint.address == "new@example.com"


def test_who_enables_an_address_changes_nothing_else_of_it() -> None:
    endpoint = make_endpoint(
        team_of(make_stage(), Role.BOX_OFFICE), disabled_at=timezone.now(), disabled_reason="550"
    )
    Endpoint.objects.filter(pk=endpoint.pk).update(name="Meanwhile named")
    services.enable(endpoint, by=Actor.person(make_user()), reason="Asked")
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.name) == (None, "Meanwhile named")


def test_an_alert_is_called_by_names_and_not_by_numbers() -> None:
    assert str(low_stock(make_stage())) == "Low stock: web, GA"


def test_a_gap_of_one_channel_is_seen_where_it_is_not_the_farthest() -> None:
    stage = make_stage(
        channels=("web", "hotel", "agent"),
        give={("GA", "web"): 40, ("GA", "hotel"): 40, ("GA", "agent"): 20},
    )
    make_rule(stage, Kind.SELL_THROUGH_GAP, channel=stage.channels["hotel"])
    stage.sell([("Ticket", 36)])
    stage.sell([("Ticket", 4)], channel="hotel")
    stock.evaluate_due(timezone.now())
    (alert,) = standing(Kind.SELL_THROUGH_GAP)
    assert alert.details["low"]["channel"] == "hotel"


def test_what_is_resolved_by_hand_is_not_told_again_at_once() -> None:
    stage = make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=47),
    )
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 10, "Slow")
    assert not AlertRule.objects.filter(cooldown_minutes=0).exists()
    now = timezone.now()
    transfers.request(wish, by=Actor.person(make_user()), now=now)
    (alert,) = periodic.evaluate(Cadence.SECONDS, now + MINUTE)
    services.resolve([alert.pk], by=Actor.person(make_user()), now=now + MINUTE)
    assert periodic.evaluate(Cadence.SECONDS, now + 2 * MINUTE) == []
    assert len(periodic.evaluate(Cadence.SECONDS, now + 62 * MINUTE)) == 1


def test_what_is_too_old_to_be_of_use_is_forgotten_and_nothing_else() -> None:
    stage, now, day = make_stage(), timezone.now(), timedelta(days=1)
    row = stage.row()
    gone = StockPace.objects.create(stock_id=0, version=1, since=now)
    kept = StockPace.objects.create(stock=row, version=1, since=now)
    slots = [PaceSlot.objects.create(stock=row, slot=now - days * day) for days in (16, 14)]
    endpoint = make_endpoint(team_of(stage, Role.BOX_OFFICE))
    sent = [
        Delivery.objects.create(
            endpoint=endpoint, purpose=Purpose.TEST, due_at=now - 99 * day, **ended
        )
        for ended in (
            {"status": DeliveryStatus.SENT, "ended_at": now - 91 * day},
            {"status": DeliveryStatus.SENT, "ended_at": now - 89 * day},
            {},
        )
    ]
    assert retention.forget_old(now) == 3
    assert not StockPace.objects.filter(pk=gone.pk).exists()
    assert StockPace.objects.get() == kept
    assert PaceSlot.objects.get() == slots[1]
    assert set(Delivery.objects.all()) == set(sent[1:])
