"""Workers that look at the same moment, and people who answer at the same moment."""

from functools import partial
from threading import Barrier, Event
from unittest.mock import patch

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from alerts import services
from alerts.enums import AlertStatus, Kind, Step
from alerts.errors import AlreadyHandledError
from alerts.models import Alert, AlertRule, AlertStep, Delivery
from alerts.watching import readings, stock
from common.actor import Actor
from tests.alerts.staging import make_endpoint, make_rule, team_of
from tests.concurrency.race import await_event, errors_of, race, wait_until, waiting_for_locks
from tests.factories import Stage, make_stage, make_user

WORKERS = 4


def stage() -> Stage:
    """Below its threshold, and nobody has looked yet."""
    made = make_stage()
    rule = make_rule(made)
    team = team_of(made, Role.BOX_OFFICE)
    make_endpoint(team)
    rule.teams.set([team])
    made.sell([("Ticket", 60)])
    return made


def test_however_many_workers_look_it_is_one_alert_and_one_message() -> None:
    stage()
    outcomes = race([partial(stock.look, timezone.now()) for _ in range(WORKERS)])
    assert errors_of(outcomes) == []
    assert Alert.objects.count() == 1
    assert AlertStep.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_control_without_the_claim_only_the_constraint_is_left() -> None:
    stage()
    stock.look(timezone.now())  # it is watched from now on
    Alert.objects.all().delete()
    together = Barrier(WORKERS)
    asked = readings.read

    def read_together(sql: str, **values: object) -> object:
        found = asked(sql, **values)
        if found:
            together.wait(20)
        return found

    unlocked = stock.DUE.replace("FOR UPDATE OF w SKIP LOCKED", "")
    with (
        patch.object(
            stock, "DUE", unlocked.replace("w.judged_at IS NULL\n", "true OR w.judged_at IS NULL\n")
        ),
        patch.object(stock, "read", read_together),
    ):
        outcomes = race([partial(stock.look, timezone.now()) for _ in range(WORKERS)])
    errors = errors_of(outcomes)
    assert len(errors) == WORKERS - 1
    assert {type(error) for error in errors} == {IntegrityError}
    assert Alert.objects.count() == 1


def test_acknowledged_by_six_at_once_one_has_done_it() -> None:
    stage()
    (alert,) = stock.look(timezone.now())
    people = [Actor.person(make_user()) for _ in range(6)]
    outcomes = race(
        [
            partial(services.acknowledge, [alert.pk], by=person, now=timezone.now())
            for person in people
        ]
    )
    errors = errors_of(outcomes)
    assert len(errors) == len(people) - 1
    assert {type(error) for error in errors} == {AlreadyHandledError}
    alert.refresh_from_db()
    assert alert.status == AlertStatus.ACKNOWLEDGED
    assert alert.steps.filter(step=Step.ACKNOWLEDGED).count() == 1


def test_who_answers_several_alerts_and_who_looks_lock_them_in_one_order() -> None:
    made = stage()
    now = timezone.now()
    rules = [
        make_rule(made, Kind.VELOCITY),
        AlertRule.objects.get(kind=Kind.LOW_STOCK, event=made.event),
    ]
    pool, channel = made.pools["GA"], made.channels["web"]
    velocity, low = (
        Alert.objects.create(
            rule=rule,
            kind=rule.kind,
            severity=rule.severity,
            subject=f"pool:{pool.pk} channel:{channel.pk}",
            venue=made.event.venue,
            event=made.event,
            pool=pool,
            channel=channel,
            seen=1,
            latest=1,
            threshold=5,
            latest_at=now,
            opened_at=now,
        )
        for rule in rules
    )
    taken = Event()

    def answer() -> None:
        """As a person does, who takes the one on and then the other."""
        with transaction.atomic():
            Alert.objects.select_for_update().get(pk=velocity.pk)
            taken.set()
            wait_until(lambda: waiting_for_locks() > 0)
            Alert.objects.select_for_update(nowait=True).get(pk=low.pk)

    def look() -> None:
        await_event(taken)
        stock.look(now)

    assert errors_of(race([answer, look])) == []
