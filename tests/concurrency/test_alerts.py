"""Workers that look at the same moment, and people who answer at the same moment."""

from functools import partial
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.roles import Role
from alerts import services
from alerts.enums import AlertStatus, Step
from alerts.errors import AlreadyHandledError
from alerts.evaluation import readings, stock
from alerts.kinds import base
from alerts.models import Alert, AlertStep, Delivery
from common.actor import SYSTEM, Actor
from sales import services as sales
from sales.models import Booking
from tests.alerts.staging import make_endpoint, make_rule, team_of
from tests.concurrency.race import errors_of, locked, race
from tests.factories import Stage, make_stage, make_user
from tests.proofs import execute

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
    outcomes = race([partial(stock.evaluate_due, timezone.now()) for _ in range(WORKERS)])
    assert errors_of(outcomes) == []
    assert Alert.objects.count() == 1
    assert AlertStep.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_control_without_the_claim_only_the_constraint_is_left() -> None:
    stage()
    stock.evaluate_due(timezone.now())  # it is watched from now on
    Alert.objects.all().delete()
    together = Barrier(WORKERS)
    read = readings.read

    def read_together(sql: str, **values: object) -> object:
        found = read(sql, **values)
        if found:
            together.wait(20)
        return found

    unlocked = stock.DUE.replace("FOR UPDATE OF w SKIP LOCKED", "")
    with (
        patch.object(
            stock, "DUE", unlocked.replace("w.judged_at IS NULL\n", "true OR w.judged_at IS NULL\n")
        ),
        patch.object(base, "read", read_together),
    ):
        outcomes = race([partial(stock.evaluate_due, timezone.now()) for _ in range(WORKERS)])
    errors = errors_of(outcomes)
    assert len(errors) == WORKERS - 1
    assert {type(error) for error in errors} == {IntegrityError}
    assert Alert.objects.count() == 1


def test_acknowledged_by_six_at_once_one_has_done_it() -> None:
    stage()
    (alert,) = stock.evaluate_due(timezone.now())
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


def sold_and_stuck() -> tuple[Stage, Stage, Alert]:
    """Two events, each with an alert that would end by a refund; the alert of the first is the stuck one."""
    stuck, other = stage(), stage()
    stock.evaluate_due(timezone.now())
    for made in (stuck, other):
        [booking] = Booking.objects.filter(event_id=made.event.pk)
        sales.cancel(booking.pk, by=SYSTEM, reason="Ill")
    return stuck, other, Alert.objects.get(event=stuck.event)


def row_of(alert: Alert) -> str:
    return f"{Alert.objects.filter(pk=alert.pk).order_by().values('pk').query} FOR UPDATE"


def resolved(made: Stage) -> bool:
    return Alert.objects.filter(event=made.event, status=AlertStatus.RESOLVED).exists()


def test_an_alert_that_somebody_has_locked_holds_up_those_of_no_other_event() -> None:
    stuck, other, alert = sold_and_stuck()
    with locked(row_of(alert)):
        stock.evaluate_due(timezone.now())
        assert (resolved(stuck), resolved(other)) == (False, True)
    stock.evaluate_due(timezone.now())  # it has stayed due
    assert resolved(stuck)
    assert AlertStep.objects.filter(step=Step.RESOLVED).count() == 2


def test_control_whoever_waits_for_it_is_held_up() -> None:
    execute("SET lock_timeout = '300ms'")
    _stuck, other, alert = sold_and_stuck()
    lock = QuerySet.select_for_update

    def waiting(self: Any, *, skip_locked: bool = False, **terms: Any) -> Any:
        del skip_locked
        return lock(self, **terms)

    with (
        locked(row_of(alert)),
        patch.object(QuerySet, "select_for_update", waiting),
        pytest.raises(OperationalError),
    ):
        stock.evaluate_due(timezone.now())
    assert not resolved(other)
