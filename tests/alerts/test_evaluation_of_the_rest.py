"""What rules see beside stock: transfers, payments, syncs, deliveries, the ledger."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import words
from alerts.enums import AlertStatus, Kind, Transport
from alerts.evaluation import periodic
from alerts.kinds.base import Cadence
from alerts.models import Alert, AlertRule, AlertTeam, Endpoint
from allocations import services as allocations
from allocations.enums import Connectivity, ContactKind
from allocations.models import ChannelContact, SafetyBuffer
from common.actor import SYSTEM, Actor
from events.models import Event
from offline import resolving
from offline.enums import Resolution
from offline.models import Conflict
from sales.models import Booking, LedgerCheck
from sales.tasks import reconcile
from tests.alerts.staging import standing, venue_rule
from tests.factories import Stage, id_of, make_event, make_stage, make_user
from tests.kept import kept
from tests.offline.selling import report, sale
from transfers import change_requests
from transfers import services as transfers
from transfers.enums import ChangeKind, Need
from transfers.models import ChangeRequest
from transfers.services import Wish

pytestmark = pytest.mark.django_db


def look(after: timedelta = timedelta()) -> list[Alert]:
    now = timezone.now() + after
    return [*periodic.evaluate(Cadence.SECONDS, now), *periodic.evaluate(Cadence.MINUTE, now)]


@kept
def stage() -> Stage:
    return make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=47),
    )


def test_a_transfer_that_waits_is_told_until_it_is_decided(stage: Stage) -> None:
    venue_rule(stage, Kind.TRANSFER_WAITING)
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 10, "Slow")
    asked = transfers.request(wish, by=Actor.person(make_user()), now=timezone.now())
    (alert,) = look()
    assert look() == []
    assert alert.transfer == asked
    assert words.title(alert) == "A transfer waits for approval: 10 units from hotel to web"
    transfers.reject([asked.pk], by=make_user(), note="No", now=timezone.now())
    look()
    alert.refresh_from_db()
    assert alert.status == AlertStatus.RESOLVED


def test_a_change_that_waits_is_told_like_a_transfer_until_it_is_decided(stage: Stage) -> None:
    rule = venue_rule(stage, Kind.TRANSFER_WAITING)
    AlertRule.objects.filter(pk=rule.pk).update(threshold=30)
    # A rule of one channel's transfers does not hear of a plan, which concerns all.
    AlertRule.objects.create(
        venue=rule.venue,
        name="Of the hotel",
        kind=rule.kind,
        channel=stage.channels["hotel"],
        threshold=0,
    )
    asked = ChangeRequest.objects.create(
        event=stage.event,
        kind=ChangeKind.PLAN,
        subject="GA",
        takes="hotel would lose 40 of GA",
        reason="They sell",
        needs=[Need.NEAR_START],
        requested_at=timezone.now(),
        requested_by=make_user(),
        lapses_at=timezone.now() + timedelta(hours=24),
    )
    assert look() == []
    (alert,) = look(timedelta(minutes=31))
    assert (alert.rule, alert.event, alert.transfer) == (rule, stage.event, None)
    assert words.title(alert) == "A change waits for approval: Apply a plan, GA"
    assert words.reason(alert) == (
        "hotel would lose 40 of GA. It has waited for 31 minutes: “They sell”"
    )
    assert look(timedelta(minutes=32)) == []
    change_requests.reject(asked.pk, by=make_user(), note="No", now=timezone.now())
    look(timedelta(minutes=33))
    alert.refresh_from_db()
    assert alert.status == AlertStatus.RESOLVED
    # What nobody decided in time is over, also before it is written down as lapsed.
    ChangeRequest.objects.create(
        event=stage.event,
        kind=ChangeKind.PLAN,
        subject="GA",
        takes="hotel would lose 40 of GA",
        reason="They sell",
        requested_at=timezone.now() - timedelta(hours=24),
        requested_by=make_user(),
        lapses_at=timezone.now(),
    )
    assert look() == []


def test_payment_overdue_is_told_once_a_channel_with_the_sum(stage: Stage) -> None:
    hotel = stage.channels["hotel"]
    hotel.settlement_days = 7
    hotel.save()
    stage.sell([("Ticket", 3)], channel="hotel")
    stage.sell([("Ticket", 1)], channel="hotel")
    assert look() == []
    Booking.objects.update(due_on=timezone.now().date() - timedelta(days=10))
    (alert,) = look()
    assert (alert.channel, alert.details["bookings"]) == (hotel, 2)
    assert words.title(alert) == "hotel owes 40 INR beyond its day"
    Booking.objects.update(paid_at=timezone.now())
    look()
    assert standing(Kind.PAYMENT_OVERDUE) == []


def test_sync_overdue_is_told_of_channels_that_sync_now_and_then(stage: Stage) -> None:
    web, hotel = stage.channels["web"], stage.channels["hotel"]
    hotel.connectivity = Connectivity.PERIODIC
    hotel.save()
    past = timezone.now() - timedelta(minutes=61)
    for channel in (web, hotel):
        ChannelContact.objects.create(channel=channel, kind=ContactKind.SYNC, seen_at=past)
    SafetyBuffer.objects.create(stock=stage.row(channel="hotel"), needed=60, units=50)
    # Of what is sold no longer nothing is needed any more.
    over = make_event(stage.event.venue)
    pool = allocations.add_pool(event=over, name="GA", capacity=9, by=SYSTEM)
    row = allocations.allocate(pool=pool, channel=hotel, units=9, by=SYSTEM, reason="Own")
    SafetyBuffer.objects.create(stock=row, needed=9, units=9)
    Event.objects.filter(pk=over.pk).update(sales_until=past)
    (alert,) = look()
    assert alert.channel == hotel
    assert words.title(alert) == "hotel has not synced for 61 minutes"
    assert words.reason(alert) == (
        "It was last heard from 61 minutes ago; it should report every 60 minutes. "
        "Its safety buffer grows; at first it needed 60 units and had 50."
    )
    ChannelContact.objects.update(seen_at=timezone.now())
    look()
    assert standing(Kind.SYNC_OVERDUE) == []


def test_conflicts_of_a_channel_are_told_once_until_they_are_resolved(stage: Stage) -> None:
    stage.sell([("Ticket", 60)])
    report(stage, [sale(stage, "A", 2), sale(stage, "B", 3)])
    (alert,) = look()
    assert (alert.channel, alert.seen) == (stage.channels["web"], 2)
    assert words.title(alert) == "web: 2 conflicts to resolve"
    assert words.reason(alert) == (
        "5 tickets were sold and have no stock; the oldest conflict is open for 0 minutes."
    )
    assert look() == []
    for conflict in Conflict.objects.all():
        assert standing(Kind.SYNC_CONFLICT)
        resolving.settle(conflict.pk, Resolution.REFUNDED, by=SYSTEM, reason="Refunded.")
        look()
    assert standing(Kind.SYNC_CONFLICT) == []


def test_an_endpoint_that_fails_is_told_and_not_to_itself(stage: Stage) -> None:
    team = AlertTeam.objects.get(venue=stage.event.venue, role="Venue manager")
    broken = Endpoint.objects.create(
        team=team, transport=Transport.SLACK, address="https://hooks.slack.com/services/secret"
    )
    works = Endpoint.objects.create(team=team, transport=Transport.EMAIL, address="a@example.com")
    Endpoint.objects.filter(pk=broken.pk).update(failures=2)
    assert look() == []
    Endpoint.objects.filter(pk=broken.pk).update(failures=3)
    (alert,) = look()
    assert alert.endpoint == broken
    assert "secret" not in words.title(alert) + words.reason(alert)
    assert [one.endpoint for one in alert.deliveries.all()] == [works]
    Endpoint.objects.filter(pk=broken.pk).update(failures=0)
    look()
    assert standing(Kind.DELIVERY_FAILING) == []


def test_a_difference_in_the_ledger_is_told_to_operations(stage: Stage) -> None:
    boss = make_user(is_superuser=True)
    reconcile()
    assert look() == []
    LedgerCheck.objects.create(differences=2, lines=["stock 1: sold 3", "stock 2: held 1"])
    (alert,) = look()
    assert alert.venue is None
    assert words.title(alert) == "Stock, ledger and bookings differ in 2 rows"
    assert [one.endpoint.person for one in alert.deliveries.select_related("endpoint")] == [boss]
    reconcile()
    look()
    assert standing(Kind.LEDGER_DIFFERENCE) == []


def test_a_venues_own_rule_takes_the_place_of_that_for_all(stage: Stage) -> None:
    general = AlertRule.objects.create(
        name="All payments", kind=Kind.PAYMENT_OVERDUE, threshold=Decimal(0)
    )
    Booking.objects.filter(pk=id_of(stage.sell(channel="hotel"))).update(
        due_on=timezone.now().date() - timedelta(days=1)
    )
    own = venue_rule(stage, Kind.PAYMENT_OVERDUE)
    assert [alert.rule for alert in look()] == [own]
    Alert.objects.all().delete()
    own.delete()
    assert [alert.rule for alert in look()] == [general]


@pytest.mark.parametrize("turn", list(periodic.LOCKS.values()))
def test_one_looks_at_a_time(stage: Stage, turn: int) -> None:
    """While another has the turn, what there is to find is left to it."""
    Booking.objects.filter(pk=id_of(stage.sell(channel="hotel"))).update(
        due_on=timezone.now().date() - timedelta(days=9)
    )
    wish = Wish(stage.row(channel="hotel").pk, stage.row().pk, 10, "Slow")
    transfers.request(wish, by=Actor.person(make_user()), now=timezone.now())
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn])
        found = {alert.kind for alert in look()}
    finally:
        other.rollback()  # closed, it goes back to the pool, and would keep its lock
        other.close()
    both = {Kind.TRANSFER_WAITING, Kind.PAYMENT_OVERDUE}
    left = (
        Kind.TRANSFER_WAITING if turn == periodic.LOCKS[Cadence.SECONDS] else Kind.PAYMENT_OVERDUE
    )
    assert found == both - {left}
    assert {alert.kind for alert in look()} == {left}


def test_the_number_of_statements_depends_on_nothing() -> None:
    def cost(count: int) -> int:
        for _ in range(count):
            stage = make_stage()
            Booking.objects.filter(pk=id_of(stage.sell())).update(
                due_on=timezone.now().date() - timedelta(days=9)
            )
        with CaptureQueriesContext(connection) as asked:
            assert len(look()) == count
        return len(asked)

    assert cost(1) == cost(4)
