"""What a plan manager does near the start waits in the queue of approvals, and another person decides it there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from allocations.enums import Draws
from allocations.models import Stock
from events.enums import EventStatus
from events.models import Event
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.test_actions import act, assert_done
from tests.backoffice.transfers.waiting import said
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled
from transfers.models import ChangeRequest

pytestmark = pytest.mark.django_db

QUEUE = "/admin/transfers/transfer/?decision=waiting"


@kept
def stage(db: None) -> Stage:
    del db
    found = make_stage(
        channels=("web", "agent"),
        give={},
        status=EventStatus.DRAFT,
        starts_at=timezone.now() + timedelta(hours=20),
    )
    apply(found, line(found, "web", 50), line(found, "agent", 40, draws=Draws.GENERAL))
    Event.objects.update(status=EventStatus.ON_SALE)
    return found


TERMS = {"draws_on": "", "ceiling": "", "reason": "More for us"}


def draws_on(row: Stock) -> bool:
    return Stock.objects.get(pk=row.pk).draws_on_id is not None


def test_drawing_terms_wait_and_are_approved_by_another_person(
    sign_in: SignIn, stage: Stage
) -> None:
    row = stage.row(channel="agent")
    asker = person(Role.PARTNER_MANAGER, stage)
    answer = act(sign_in(asker), row, "set_drawing", **TERMS)
    assert_done(answer)
    assert "another person has to approve that first. It waits" in said(answer)[-1]
    assert draws_on(row)
    change = ChangeRequest.objects.get()
    assert (change.kind, change.requested_by) == ("DRAWING", asker)

    manager = sign_in(person(Role.VENUE_MANAGER, stage))
    assert "agent could sell less of GA than now" in manager.get(QUEUE).content.decode()
    assert "More for us" in manager.get(page(change, "change")).content.decode()
    assert_done(act(manager, change, "approve", reason=""))
    assert not draws_on(row)
    assert_reconciled()


def test_nothing_of_it_is_seen_elsewhere(sign_in: SignIn, stage: Stage) -> None:
    asker = sign_in(person(Role.PARTNER_MANAGER, stage))
    act(asker, stage.row(channel="agent"), "set_drawing", **TERMS)
    stranger = sign_in(person(Role.VENUE_MANAGER, make_stage()))
    change = ChangeRequest.objects.get()
    assert stranger.get(page(change, "change")).status_code in {302, 404}
    assert "More for us" not in stranger.get(QUEUE).content.decode()
