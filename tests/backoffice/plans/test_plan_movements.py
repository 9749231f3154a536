"""What plans did to stock is named, with its version and reason, wherever movements are shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from allocations.enums import Draws, MovementKind
from allocations.models import Movement
from allocations.plans import release
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    """A plan in its second version, of which one part has gone back."""
    stage = make_stage(channels=("web", "agent"), give={})
    soon = timezone.now() + timedelta(hours=1)
    apply(stage, line(stage, "web", 30))
    apply(
        stage,
        line(stage, "web", 30, draws=Draws.GENERAL),
        line(stage, "agent", 5, releases_at=soon),
    )
    release.release_pool(stage.pools["GA"].pk, soon)
    return stage


def test_the_ledger_names_the_version_that_moved(manager: Client, stage: Stage) -> None:
    body = manager.get(page(Movement, "changelist")).content.decode()
    version = reverse("admin:events_pool_plan_version", args=(stage.pools["GA"].pk, 1))
    assert body.count(f'<a class="finlo-link" href="{version}">Plan, version 1</a>') == 2
    assert manager.get(version).status_code == 200
    moved = Movement.objects.filter(kind=MovementKind.RELEASE_BACK).latest("pk")
    assert "Plan, version 2" in manager.get(page(moved, "change")).content.decode()


def test_the_ledger_reads_plans_once_for_all_its_lines(manager: Client, stage: Stage) -> None:
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            manager.get(page(Movement, "changelist"))
        counted.append(sum("allocationplan" in query["sql"] for query in queries))
        apply(stage, line(stage, "web", 31))
    assert counted == [1, 1]


def test_the_timeline_tells_of_plans_and_of_what_went_back(manager: Client, stage: Stage) -> None:
    address = reverse("admin:events_event_timeline", args=(stage.event.pk,))
    body = " ".join(manager.get(address).content.decode().split())
    assert "plan applied" in body
    assert "released back" in body
    assert "Unsold units go back to the open stock, as version 2 of the plan says." in body
    assert "Plan, version 1" in body
    assert "“test”" in body
