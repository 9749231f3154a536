"""Who reads a reason is said where it is typed, and what is the venue's own reaches no partner."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from allocations.enums import Opens
from allocations.models import AllocationPlan, Movement
from allocations.postponing import postpone_event
from backoffice.kit.forms import OURS, PARTNERS_READ
from backoffice.stock.forms import AllocateForm, CapacityForm, DrawingForm, MoveForm
from common.actor import SYSTEM
from tests.allocations.plans.specs import apply, line
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "agent"), give={("GA", "agent"): 30})


@pytest.mark.parametrize(
    ("form", "who"),
    [
        (AllocateForm, PARTNERS_READ),
        (MoveForm, PARTNERS_READ),
        (DrawingForm, PARTNERS_READ),
        (CapacityForm, OURS),
    ],
)
def test_a_form_says_who_reads_its_reason(stage: Stage, form: Any, who: str) -> None:
    subject: Any = stage.row(channel="agent") if form is DrawingForm else stage.pools["GA"]
    found = form(RequestFactory().get("/"), subject)
    assert found.fields["reason"].help_text == who


def test_why_a_date_was_moved_is_told_to_no_partner(stage: Stage) -> None:
    apply(
        stage,
        line(
            stage,
            "agent",
            20,
            opens=Opens.AT_ONCE,
            releases_at=stage.event.starts_at - timedelta(days=1),
        ),
    )
    with transaction.atomic():
        postpone_event(
            event_id=stage.event.pk,
            starts_at=stage.event.starts_at + timedelta(days=7),
            by=SYSTEM,
            reason="The singer has a contract elsewhere",
            now=timezone.now(),
        )
    reasons = {
        *AllocationPlan.objects.values_list("reason", flat=True),
        *Movement.objects.values_list("reason", flat=True),
    }
    assert "The event has moved to another date." in reasons
    assert not any("singer" in reason for reason in reasons)
    stage.event.refresh_from_db()
    history = stage.event.history.latest("history_id")
    assert history.history_change_reason == "The singer has a contract elsewhere"
