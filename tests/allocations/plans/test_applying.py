"""A plan in force is what the stock rows say, and a refused one changes nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from allocations.enums import Closes, Draws, MovementKind, Opens, PlanStatus
from allocations.errors import PlanConflictError, PlanRefusedError
from allocations.models import AllocationPlan, Movement
from allocations.plans import release, services
from allocations.plans.selectors import draft_of, plan_in_force
from allocations.plans.spec import PlanSpec
from common.actor import SYSTEM
from common.errors import InvalidInputError
from sales import services as sales
from sales.errors import OutsideSalesWindowError, SoldOutError
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "box", "agent", "hotel"), give={})


def test_the_guides_shares_are_given_to_each_channel(stage: Stage) -> None:
    """30 % direct, 20 % box office, 50 % for partners, who share it."""
    apply(
        stage,
        line(stage, "web", "30"),
        line(stage, "box", "20"),
        line(stage, "agent", group="partners"),
        line(stage, "hotel", group="partners"),
        group("partners", "50"),
    )
    assert stage.counters(channel="web") == Counters(30, 0, 0, 0)
    assert stage.counters(channel="box") == Counters(20, 0, 0, 0)
    assert (stage.open_row().quantity, stage.open_row(name="partners").quantity) == (0, 50)
    stage.sell([("Ticket", 50)], "hotel")
    with pytest.raises(SoldOutError, match="1 Ticket asked for, 0 can be sold"):
        stage.sell([("Ticket", 1)], "agent")
    with pytest.raises(SoldOutError):
        stage.sell([("Ticket", 31)], "web")
    assert_reconciled()


def test_what_was_sold_beyond_the_guarantee_counts_as_drawn(stage: Stage) -> None:
    apply(stage, line(stage, "web", 0, draws=Draws.GENERAL))
    stage.sell([("Ticket", 40)])
    apply(stage, line(stage, "web", 25, group="direct"), group("direct", 30))
    assert stage.counters() == Counters(40, 0, 40, 15)
    assert (stage.open_row(name="direct").quantity, stage.open_row().quantity) == (15, 45)
    assert_reconciled()


def test_a_plan_is_refused_whole_with_all_that_is_impossible(stage: Stage) -> None:
    apply(stage, line(stage, "web", 60), line(stage, "box", 40))
    stage.sell([("Ticket", 41)])
    stage.hold([("Ticket", 9)])
    with nothing_changed(), pytest.raises(PlanRefusedError) as refused:
        apply(stage, line(stage, "web", 49), line(stage, "box", 60, ceiling=55))
    assert [problem.message for problem in refused.value.problems] == [
        (
            "49 would be guaranteed, but 9 are held and 41 sold, and the channel draws on no open"
            " stock."
        ),
        "The ceiling is 55, but its part would be 60: 60 are guaranteed, 0 held and 0 sold.",
        "The plan gives away 110 of 100: 10 too many.",
    ]
    assert refused.value.problems[0].numbers == {"guaranteed": 49, "held": 9, "sold": 41}


def test_each_version_is_kept_and_names_its_reason(stage: Stage) -> None:
    first = apply(stage, line(stage, "web", "30"))
    second = apply(stage, line(stage, "web", "25"))
    first.refresh_from_db()
    assert (first.status, first.version) == (PlanStatus.REPLACED, 1)
    assert (second.status, second.version, second.reason) == (PlanStatus.IN_FORCE, 2, "test")
    assert plan_in_force(stage.pools["GA"]) == second
    [kept] = PlanSpec.read(first).lines
    assert kept.percent == Decimal(30)
    moved = Movement.objects.filter(kind=MovementKind.PLAN, document_id=second.pk)
    assert sorted(moved.values_list("delta_quantity", flat=True)) == [-5, 5]


def test_unsold_stock_goes_back_when_its_time_has_come(stage: Stage) -> None:
    soon = timezone.now() + timedelta(hours=1)
    apply(
        stage, line(stage, "agent", 50, releases_at=soon), line(stage, "web", draws=Draws.GENERAL)
    )
    stage.sell([("Ticket", 10)], "agent")
    held = stage.hold([("Ticket", 5)], "agent")
    assert release.due(soon - timedelta(seconds=1)) == []
    assert release.due(soon) == [stage.pools["GA"].pk]
    assert release.release_pool(stage.pools["GA"].pk, soon) == 2
    assert stage.counters(channel="agent") == Counters(15, 5, 10, 15)
    assert stage.open_row().quantity == 85
    assert release.due(soon) == []
    sales.cancel(held, by=SYSTEM, reason="test")
    assert stage.counters(channel="agent") == Counters(10, 0, 10, 10)
    assert stage.open_row().quantity == 90
    stage.sell([("Ticket", 90)], "web")
    with pytest.raises(SoldOutError):
        stage.sell([("Ticket", 1)], "agent")
    assert_reconciled()


def test_the_stock_of_a_group_goes_back_with_what_its_channels_have_drawn(stage: Stage) -> None:
    soon = timezone.now() + timedelta(hours=1)
    parts = (
        line(stage, "agent", group="partners"),
        line(stage, "hotel", 5, group="partners"),
        line(stage, "web", draws=Draws.GENERAL),
        group("partners", 50, releases_at=soon),
    )
    apply(stage, *parts)
    stage.sell([("Ticket", 10)], "agent")
    held = stage.hold([("Ticket", 7)], "hotel")
    release.release_pool(stage.pools["GA"].pk, soon)
    assert stage.open_row(name="partners").quantity == 0
    assert stage.counters(channel="hotel") == Counters(7, 7, 0, 2)
    sales.cancel(held, by=SYSTEM, reason="test")
    assert stage.counters(channel="hotel") == Counters(5, 0, 0, 0)
    assert stage.open_row().quantity == 85
    assert_reconciled()


def test_applying_a_released_plan_again_changes_nothing(stage: Stage) -> None:
    soon = timezone.now() + timedelta(hours=1)
    parts = (
        line(stage, "agent", 20, releases_at=soon),
        line(stage, "hotel", 5, group="partners"),
        line(stage, "web", 30, draws=Draws.GENERAL, releases_at=soon),
        group("partners", 10, releases_at=soon),
    )
    apply(stage, *parts)
    stage.sell([("Ticket", 10)], "agent")
    stage.sell([("Ticket", 9)], "hotel")
    stage.sell([("Ticket", 33)], "web")
    release.release_pool(stage.pools["GA"].pk, soon)
    before = Movement.objects.count()
    apply(stage, *parts, now=soon)
    assert Movement.objects.count() == before


def test_a_part_that_goes_back_to_a_group_stays_there_when_the_plan_is_applied_again(
    stage: Stage,
) -> None:
    soon = timezone.now() + timedelta(hours=1)
    parts = (
        line(stage, "agent", 20, group="partners", releases_at=soon),
        line(stage, "hotel", group="partners"),
        group("partners", 10),
    )
    apply(stage, *parts)
    stage.sell([("Ticket", 15)], "agent")
    release.release_pool(stage.pools["GA"].pk, soon)
    assert stage.open_row(name="partners").quantity == 15
    before = Movement.objects.count()
    apply(stage, *parts, now=soon)
    assert Movement.objects.count() == before


def test_tiers_open_one_after_the_other(stage: Stage) -> None:
    now = timezone.now()
    apply(
        stage,
        line(
            stage, "web", draws=Draws.GENERAL, closes=Closes.AT, closes_at=now + timedelta(days=1)
        ),
        line(stage, "agent", draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
    )
    stage.sell([("Ticket", 1)], "web")
    with pytest.raises(OutsideSalesWindowError, match="may sell from the open stock of GA from"):
        stage.sell([("Ticket", 1)], "agent")
    assert stage.row(channel="agent").draws_from == now + timedelta(days=1)


def test_two_editors_do_not_overwrite_one_another(stage: Stage) -> None:
    with transaction.atomic():
        first = services.save_draft(
            pool=stage.pools["GA"], spec=PlanSpec([line(stage, "web", 1)]), revision=0
        )
        second = services.save_draft(
            pool=stage.pools["GA"], spec=PlanSpec([line(stage, "web", 2)]), revision=1
        )
    assert (first.pk, second.revision) == (second.pk, 2)
    with nothing_changed(), pytest.raises(PlanConflictError), transaction.atomic():
        services.save_draft(
            pool=stage.pools["GA"], spec=PlanSpec([line(stage, "web", 3)]), revision=1
        )
    with transaction.atomic():
        services.discard_draft(pool=stage.pools["GA"])
    assert draft_of(stage.pools["GA"]) is None
    assert not AllocationPlan.objects.exists()


def test_a_plan_without_a_reason_is_not_applied(stage: Stage) -> None:
    with (
        nothing_changed(),
        pytest.raises(InvalidInputError, match="partners read it"),
        transaction.atomic(),
    ):
        services.apply_plan(
            pool=stage.pools["GA"],
            spec=PlanSpec([line(stage, "web", 1)]),
            by=SYSTEM,
            reason=" ",
            now=timezone.now(),
        )


@pytest.mark.parametrize("part", ["groups", "lines"])
@pytest.mark.parametrize("grouped", [True, False])
def test_a_draft_that_is_saved_while_it_is_read_is_read_whole(
    stage: Stage, part: str, *, grouped: bool
) -> None:
    before = PlanSpec((line(stage, "web", group="partners"),), (group("partners", 20),), "first")
    after = PlanSpec((line(stage, "box", 5),), (), "second")
    if grouped:
        after = PlanSpec((line(stage, "web", group="agents"),), (group("agents", 30),), "second")
    with transaction.atomic():
        services.save_draft(pool=stage.pools["GA"], spec=before)
    half_read = AllocationPlan.objects.prefetch_related(part).get()
    with transaction.atomic():
        services.save_draft(pool=stage.pools["GA"], spec=after)
    assert PlanSpec.read(half_read) == after


def test_a_draft_that_is_discarded_while_it_is_read_says_nothing(stage: Stage) -> None:
    spec = PlanSpec((line(stage, "web", group="partners"),), (group("partners", 20),))
    with transaction.atomic():
        services.save_draft(pool=stage.pools["GA"], spec=spec)
    half_read = AllocationPlan.objects.prefetch_related("lines").get()
    with transaction.atomic():
        services.discard_draft(pool=stage.pools["GA"])
    assert PlanSpec.read(half_read) == PlanSpec()
