"""The database keeps plans lawful and versions as they were, whoever writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from allocations.enums import Closes, Draws, Opens, PlanStatus
from allocations.models import AllocationPlan, PlanGroup, PlanLine, Stock
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_channel, make_stage, make_venue
from tests.kept import kept

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@kept
def stage() -> Stage:
    return make_stage(pools={"GA": 100, "Car park": 10}, channels=("web", "agent"), give={})


@kept
def draft(stage: Stage) -> AllocationPlan:
    return AllocationPlan.objects.create(pool=stage.pools["GA"])


@contextmanager
def refused_by(name: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == name


# --- Plans ------------------------------------------------------------------------------------


def test_a_pool_has_one_draft_and_one_plan_in_force(stage: Stage, draft: AllocationPlan) -> None:
    with refused_by("plan_one_draft"):
        AllocationPlan.objects.create(pool=draft.pool)
    in_force = {"status": PlanStatus.IN_FORCE, "applied_at": NOON}
    AllocationPlan.objects.create(pool=draft.pool, version=1, **in_force)
    with refused_by("plan_one_in_force"):
        AllocationPlan.objects.create(pool=draft.pool, version=2, **in_force)
    with refused_by("plan_version_once"):
        AllocationPlan.objects.create(
            pool=draft.pool, version=1, status=PlanStatus.REPLACED, applied_at=NOON
        )


def test_what_was_applied_says_when_and_as_which_version(stage: Stage) -> None:
    with refused_by("plan_applied_has_version"):
        AllocationPlan.objects.create(pool=stage.pools["GA"], status=PlanStatus.IN_FORCE)
    with refused_by("plan_applied_has_version"):
        AllocationPlan.objects.create(pool=stage.pools["GA"], version=1)


def test_a_version_stays_as_it_is(stage: Stage) -> None:
    applied = apply(stage, line(stage, "web", 30), group("partners", 10))
    found = AllocationPlan.objects.filter(pk=applied.pk)
    for change in ({"reason": "another"}, {"status": PlanStatus.DRAFT}, {"version": 7}):
        with refused_by("plan_applied_stays"):
            found.update(**change)
    with refused_by("plan_applied_stays"):
        found.update(status=PlanStatus.REPLACED, note="another")
    with refused_by("plan_parts_stay"):
        applied.lines.update(units=31)
    with refused_by("plan_parts_stay"):
        applied.groups.all().delete()
    with refused_by("plan_parts_stay"):
        PlanLine.objects.create(plan=applied, channel=stage.channels["agent"], units=1)
    with refused_by("plan_parts_stay"):
        found.delete()
    assert found.update(status=PlanStatus.REPLACED) == 1


def test_an_empty_version_is_not_deleted(stage: Stage) -> None:
    applied = apply(stage)
    with refused_by("plan_applied_stays"):
        AllocationPlan.objects.filter(pk=applied.pk).delete()


def test_a_draft_keeps_its_pool(stage: Stage, draft: AllocationPlan) -> None:
    with refused_by("plan_keeps_its_pool"):
        AllocationPlan.objects.filter(pk=draft.pk).update(pool=stage.pools["Car park"])


# --- Their parts ------------------------------------------------------------------------------


def test_a_line_belongs_to_a_channel_of_the_venue_and_a_group_of_the_plan(
    stage: Stage, draft: AllocationPlan
) -> None:
    with refused_by("planline_within_its_plan"):
        PlanLine.objects.create(plan=draft, channel=make_channel(make_venue()), units=1)
    other = AllocationPlan.objects.create(pool=stage.pools["Car park"])
    theirs = PlanGroup.objects.create(plan=other, name="partners", units=1)
    with refused_by("planline_within_its_plan"):
        PlanLine.objects.create(
            plan=draft,
            channel=stage.channels["web"],
            units=0,
            draws=Draws.GROUP,
            group=theirs,
        )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("planline_number_or_percent", {"units": None}),
        ("planline_number_or_percent", {"percent": Decimal(10)}),
        ("planline_number_or_percent", {"units": None, "percent": Decimal("100.01")}),
        ("planline_one_release", {"releases_at": NOON, "release_hours": 1}),
        ("planline_release_within_a_century", {"releases_at": LONG_AGO}),
        ("planline_group_where_it_draws_on_one", {"draws": Draws.GROUP}),
        ("planline_tier_is_small", {"tier": 0}),
        ("planline_tier_is_small", {"tier": 21}),
        ("planline_floor_below_ceiling", {"floor": 2, "ceiling": 1}),
        ("planline_opening_is_whole", {"opens": Opens.AT}),
        ("planline_opening_is_whole", {"opens": Opens.AFTER_TIER, "opens_hours": 1}),
        ("planline_opening_is_whole", {"opens": Opens.BEFORE_START}),
        ("planline_closing_is_whole", {"closes": Closes.AT}),
        ("planline_closing_is_whole", {"closes": Closes.NEVER, "closes_at": NOON}),
        (
            "planline_window_within_a_century",
            {"opens": Opens.AT, "opens_at": LONG_AGO},
        ),
    ],
    ids=range(15),
)
def test_a_line_is_whole(
    name: str, values: dict[str, Any], stage: Stage, draft: AllocationPlan
) -> None:
    with refused_by(name):
        PlanLine.objects.create(plan=draft, channel=stage.channels["web"], **{"units": 1} | values)


def test_a_channel_has_one_line(stage: Stage, draft: AllocationPlan) -> None:
    PlanLine.objects.create(plan=draft, channel=stage.channels["web"], units=1)
    with refused_by("planline_channel_once"):
        PlanLine.objects.create(plan=draft, channel=stage.channels["web"], units=2)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("plangroup_number_or_percent", {"units": None}),
        ("plangroup_one_release", {"releases_at": NOON, "release_hours": 1}),
        ("plangroup_release_within_a_century", {"releases_at": LONG_AGO}),
        ("plangroup_has_a_name", {"name": ""}),
    ],
    ids=range(4),
)
def test_a_group_is_whole(name: str, values: dict[str, Any], draft: AllocationPlan) -> None:
    with refused_by(name):
        PlanGroup.objects.create(plan=draft, **{"name": "partners", "units": 1} | values)


def test_two_groups_have_two_names(draft: AllocationPlan) -> None:
    PlanGroup.objects.create(plan=draft, name="partners", units=1)
    with refused_by("plangroup_name_once"):
        PlanGroup.objects.create(plan=draft, name="partners", units=2)


# --- Stock ------------------------------------------------------------------------------------


def test_only_an_allocation_is_released(stage: Stage) -> None:
    now = timezone.now()
    with refused_by("stock_only_allocations_are_released"):
        Stock.objects.filter(pk=stage.open_row().pk).update(releases_at=now)
    with refused_by("stock_release_within_a_century"):
        Stock.objects.filter(pk=stage.row().pk).update(releases_at=LONG_AGO)
    assert Stock.objects.filter(pk=stage.row().pk).update(releases_at=now) == 1
