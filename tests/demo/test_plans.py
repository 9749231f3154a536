"""The demo's stock is what its plans say, and these were applied when a manager would have."""

from datetime import timedelta

import pytest
from django.utils import timezone

from allocations.enums import MovementKind, PlanStatus, Strategy
from allocations.models import AllocationPlan, Movement, Stock
from allocations.plans import services
from allocations.plans.services import preview
from allocations.plans.spec import PlanSpec
from demo import season
from demo.build import Built, build
from demo.plans import spec_of
from demo.season import CHANNELS, EVENTS
from demo.season.channels import PARTNERS_ROW
from events.models import Event, Pool
from tests.demo.test_season import bookings_out_of_time, movements_out_of_order
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


def differing() -> list[str]:
    """Pools whose rows are not, or cannot be, what their plans in force say."""
    found = []
    for plan in AllocationPlan.objects.filter(status=PlanStatus.IN_FORCE).select_related("pool"):
        outcome = services.preview(pool=plan.pool, spec=PlanSpec.read(plan), now=timezone.now())
        if outcome.problems or any(change.is_change for change in outcome.changes):
            found.append(str(plan))
    return found


def test_every_strategy_divides_what_is_to_come() -> None:
    numbers = {code: number for number, code in enumerate(CHANNELS, 1)}
    plans = {id(event.plan): event.plan for event in EVENTS if event.day > 0}
    strategies = {spec_of(plan, 1000, numbers).strategy for plan in plans.values()}
    assert strategies == set(Strategy)


class TestTheSmallSeason:
    @pytest.fixture(autouse=True)
    def built(self, small_season: Built) -> Built:
        return small_season

    def test_every_pool_has_a_plan_in_force_and_its_rows_say_the_same(self) -> None:
        in_force = AllocationPlan.objects.filter(status=PlanStatus.IN_FORCE)
        assert in_force.count() == Pool.objects.count()
        assert differing() == []

    def test_plans_are_of_the_past_and_of_a_person_with_a_reason(self) -> None:
        plans = AllocationPlan.objects.exclude(status=PlanStatus.DRAFT)
        for plan in plans.select_related("pool__event"):
            moved = Movement.objects.filter(kind=MovementKind.PLAN, document_id=plan.pk)
            assert plan.applied_by is not None
            assert plan.reason
            assert plan.applied_at is not None
            assert plan.applied_at < timezone.now() - timedelta(hours=1)
            assert set(moved.values_list("at", flat=True)) == {plan.applied_at}

    def test_one_pool_has_had_two_versions_and_one_has_a_draft_that_waits(self) -> None:
        [replaced] = AllocationPlan.objects.filter(status=PlanStatus.REPLACED)
        second = AllocationPlan.objects.get(pool=replaced.pool_id, status=PlanStatus.IN_FORCE)
        website = second.lines.get(channel__code="website").channel_id
        shares = [PlanSpec.read(plan).line_of(website) for plan in (replaced, second)]
        assert [line.percent for line in shares if line] == [25, 18]
        assert second.reason.startswith("Buyers move to the app")
        draft = AllocationPlan.objects.get(status=PlanStatus.DRAFT)
        assert draft.pool.event.name == "Indie Weekender"
        spec = PlanSpec.read(draft)
        assert preview(pool=draft.pool, spec=spec, now=timezone.now()).problems == []

    def test_tiers_releases_groups_and_ceilings_lie_ahead(self) -> None:
        now = timezone.now()
        assert Stock.objects.filter(draws_from__gt=now, draws_until__gt=now).exists()
        assert Stock.objects.filter(name=PARTNERS_ROW, releases_at__gt=now).exists()
        assert Stock.objects.filter(channel__code="corporate", releases_at__gt=now).exists()
        assert Stock.objects.exclude(ceiling=None).exists()
        assert not Stock.objects.filter(releases_at__lte=now).exists()


def test_what_was_to_go_back_has_gone_back_at_its_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tomorrow's: its partners' stock went back 48 hours before, that of companies 72."""
    [tomorrow] = [event for event in EVENTS if event.name == "Stand-up Saturday"]
    monkeypatch.setattr(season, "EVENTS", (tomorrow,))
    built = build()
    assert built.bookings > 300
    assert built.refused < 0.1 * built.bookings
    event = Event.objects.get()
    back = Movement.objects.filter(kind=MovementKind.RELEASE_BACK)
    hours = {event.starts_at - at for at in back.values_list("at", flat=True)}
    assert hours == {timedelta(hours=48), timedelta(hours=72)}
    assert set(Stock.objects.filter(name=PARTNERS_ROW).values_list("quantity", flat=True)) == {0}
    assert Stock.objects.filter(draws_on__name="", channel__kind="PARTNER").exists()
    assert differing() == []
    assert movements_out_of_order() == bookings_out_of_time() == 0
    assert_reconciled()
