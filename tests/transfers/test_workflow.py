"""How an event's transfers are approved, in words that somebody signs."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from events.models import Event
from tests.factories import Stage, make_event, make_stage, make_user
from tests.kept import kept
from tests.proofs import execute, violates
from transfers.errors import WorkflowChangedError
from transfers.models import TransferPolicy, TransferRule, WorkflowSignOff
from transfers.workflow import differences, sign_off, workflow_of

pytestmark = pytest.mark.django_db


@kept
def found() -> Stage:
    starts = datetime.fromisoformat("2037-11-08T19:00:00+05:30")
    return make_stage(channels=("web", "hotel"), starts_at=starts)


def manager_of(stage: Stage, name: str) -> User:
    user = make_user(name=name)
    user.groups.add(Group.objects.get(name=Role.VENUE_MANAGER.value))
    user.venues.add(stage.event.venue)
    return user


def policy(stage: Stage) -> TransferPolicy:
    return TransferPolicy.objects.get(venue=stage.event.venue)


def test_it_says_when_who_and_how_long_in_the_venues_time(found: Stage) -> None:
    manager_of(found, "Asha Rao")
    manager_of(make_stage(), "Of another venue")
    own = policy(found)
    own.approval_above = 50
    own.save()
    own.always.add(found.channels["web"])
    own.protected.add(found.channels["hotel"])
    text = workflow_of(found.event).text
    assert "From Fri 6 Nov 2037, 19:00 IST on, that is 48 hours before the start" in text
    assert (
        "More than 50 units that leave a row within 24 hours, together, always need approval."
        in text
    )
    assert "Whatever moves to or from web always needs approval." in text
    assert "Nobody takes units from hotel; only its own partner may offer some." in text
    assert "Venue manager: Asha Rao." in text
    assert "Of another venue" not in text
    assert "Four eyes" in text
    assert "A plan, drawing terms, a limit or another date can take units from a channel" in text
    assert "A request waits 24 hours, at the latest until sales end on Mon 9 Nov 2037" in text


def test_rules_stand_in_it_with_their_numbers_and_only_those_that_hold(found: Stage) -> None:
    venue = found.event.venue
    assert "No rule asks for transfers of this event." in workflow_of(found.event).text
    rule = TransferRule.objects.create(
        venue=venue, name="Slow to fast", keeps=10, max_per_day=100, starts_hours=72
    )
    rule.sources.add(found.channels["hotel"])
    TransferRule.objects.create(venue=venue, name="Switched off", is_active=False)
    TransferRule.objects.create(venue=venue, name="Elsewhere", event=make_event(venue))
    text = workflow_of(found.event).text
    assert "“Slow to fast”: from hotel that has sold less than 30 % of its part" in text
    assert "The source keeps 10 units free; at most 100 units in 24 hours." in text
    assert "from Thu 5 Nov 2037, 19:00 IST (72 hours (3 days) before the start)" in text
    assert "Switched off" not in text
    assert "Elsewhere" not in text


def test_nothing_that_only_passes_with_time_changes_it(found: Stage) -> None:
    before = workflow_of(found.event)
    found.sell()
    assert workflow_of(found.event).digest == before.digest


def test_what_was_signed_is_compared_line_by_line(found: Stage) -> None:
    by, read = manager_of(found, "Asha Rao"), workflow_of(found.event)
    signed = sign_off(found.event, digest=read.digest, by=by, note=" Fine ", now=timezone.now())
    assert (signed.text, signed.note) == (read.text, "Fine")
    TransferPolicy.objects.create(event=found.event, approval_hours=72)
    now = workflow_of(found.event)
    assert now.digest != signed.digest
    told = [(one.is_new, one.text) for one in differences(signed.text, now.text)]
    assert (False, "The policy is that of the venue for all its events.") in told
    assert (True, "The policy is the event's own.") in told
    assert len(told) == 4  # and the moment, before and after


def test_what_has_changed_while_it_was_read_is_not_signed(found: Stage) -> None:
    read = workflow_of(found.event)
    Event.objects.filter(pk=found.event.pk).update(
        starts_at=found.event.starts_at + timedelta(hours=1)
    )
    found.event.refresh_from_db()
    with pytest.raises(WorkflowChangedError):
        sign_off(found.event, digest=read.digest, by=make_user(), note="", now=timezone.now())
    assert not WorkflowSignOff.objects.exists()


def test_a_signature_stays(found: Stage) -> None:
    read = workflow_of(found.event)
    signed = sign_off(found.event, digest=read.digest, by=make_user(), note="", now=timezone.now())
    for statement in ("UPDATE {} SET note = 'x' WHERE id = %s", "DELETE FROM {} WHERE id = %s"):
        with violates("workflowsignoff_append_only"):
            execute(statement.format("transfers_workflowsignoff"), signed.pk)
