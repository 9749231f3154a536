"""A safety buffer near the start of an event: a person approves it, rejects it, or lets it lapse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from allocations.models import SafetyBuffer
from common.actor import Actor
from offline.buffers import State
from tests.factories import Stage, make_user
from tests.kept import kept
from tests.offline.buffers import free, keep, look, make_shared, report_daily, report_now, set_agent
from transfers import services
from transfers.enums import TransferStatus
from transfers.models import TransferPolicy

pytestmark = pytest.mark.django_db


@kept
def near() -> Stage:
    made = make_shared(starts_at=timezone.now() + timedelta(hours=40))
    report_daily(made)
    return made


def test_it_waits_for_an_approval_once(near: Stage) -> None:
    [transfer] = keep()
    assert (transfer.status, transfer.needs) == (TransferStatus.REQUESTED, ["NEAR_START"])
    assert (look(near).state, look(near).top_up) == (State.WAITING, 0)
    report_now(near, 9)
    assert keep() == []
    services.approve([transfer.pk], by=make_user(), note="Yes", now=timezone.now())
    assert free(near) == transfer.units
    assert SafetyBuffer.objects.get().lent == transfer.units


def test_what_waits_and_is_not_needed_any_more_is_withdrawn(near: Stage) -> None:
    [transfer] = keep()
    set_agent(near, safety_buffer=False)
    assert keep(timedelta(minutes=2)) == []
    transfer.refresh_from_db()
    assert (transfer.status, look(near).state) == (TransferStatus.CANCELLED, State.OFF)
    set_agent(near, safety_buffer=True)
    report_now(near, 1)
    assert len(keep(timedelta(minutes=3))) == 1


def test_what_a_person_withdraws_is_not_asked_for_again_at_once(near: Stage) -> None:
    [transfer] = keep()
    by = Actor.person(make_user())
    services.withdraw(transfer.pk, by=by, note="No", now=timezone.now())
    assert (keep(timedelta(minutes=2)), look(near).state) == ([], State.REFUSED)


def test_one_whose_time_is_over_and_that_is_not_swept_yet_waits_still(
    near: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    [transfer] = keep()
    assert keep(transfer.lapses_at - timezone.now() + timedelta(seconds=1)) == []
    assert (look(near).state, caplog.text) == (State.WAITING, "")


def test_what_was_rejected_is_not_asked_for_again_at_once(near: Stage) -> None:
    [transfer] = keep()
    services.reject([transfer.pk], by=make_user(), note="No", now=timezone.now())
    assert (keep(timedelta(minutes=2)), look(near).state) == ([], State.REFUSED)
    assert len(keep(timedelta(hours=7))) == 1


def test_what_the_policy_lets_pass_comes_at_once(near: Stage) -> None:
    TransferPolicy.objects.update(approval_hours=0)
    [transfer] = keep()
    assert transfer.status == TransferStatus.EXECUTED
    assert free(near) == look(near).needed
