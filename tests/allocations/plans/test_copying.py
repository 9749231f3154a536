"""A plan in force goes along to an event's other dates, and says there what it says here."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from allocations import services as allocations
from allocations.copying import copy_event
from allocations.enums import Closes, Draws, MovementKind, Opens
from allocations.models import AllocationPlan, Movement, Stock
from allocations.plans.selectors import draft_of, plan_in_force
from allocations.plans.spec import PlanSpec
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError
from events.models import Event, Pool
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


# Summer time ends on 27 October 2030.
NOW = at("2030-10-01T12:00")
START = at("2030-10-20T19:30")
NEXT = at("2030-11-03T19:30")


@kept
def stage() -> Stage:
    """One pool with a plan, one that is divided by hand."""
    stage = make_stage(
        venue=make_venue(time_zone=str(BERLIN)),
        pools={"GA": 100, "Park": 20},
        items={"Both": {"GA": 1, "Park": 1}},
        channels=("web", "agent", "hotel"),
        give={("Park", "web"): 5},
        starts_at=START,
    )
    apply(
        stage,
        line(
            stage,
            "web",
            "30",
            draws=Draws.GENERAL,
            opens=Opens.AT,
            opens_at=at("2030-10-15T09:00"),
            closes=Closes.BEFORE_START,
            closes_hours=24,
            ceiling=60,
        ),
        line(stage, "agent", 10, group="partners"),
        line(stage, "hotel", group="partners", releases_at=at("2030-10-18T08:00")),
        group("partners", 20, release_hours=48),
        now=NOW,
    )
    return stage


def copy(stage: Stage, start: datetime = NEXT, **terms: Any) -> Event:
    with transaction.atomic():
        [made] = copy_event(
            event_id=stage.event.pk,
            starts=[start],
            by=terms.pop("by", SYSTEM),
            reason=terms.pop("reason", "Season"),
            now=terms.pop("now", NOW),
            **terms,
        )
    return made


def pool_of(event: Event, name: str = "GA") -> Pool:
    return Pool.objects.get(event=event, name=name)


def quantities(event: Event, pool: str = "GA") -> dict[str, int]:
    rows = Stock.objects.filter(event=event, pool__name=pool).select_related("channel")
    return {row.channel.name if row.channel else row.name: row.quantity for row in rows}


def row_of(event: Event, channel: str) -> Stock:
    return Stock.objects.get(event=event, pool__name="GA", channel__name=channel)


def test_the_plan_in_force_is_version_one_of_the_copy_with_its_moments_moved(stage: Stage) -> None:
    user = make_user()
    made = copy(stage, by=Actor.person(user))
    plan = plan_in_force(pool_of(made))
    source = plan_in_force(stage.pools["GA"])
    assert plan is not None
    assert source is not None
    assert (plan.version, plan.applied_by, plan.applied_at) == (1, user, NOW)
    assert plan.reason == f"Copied from {stage.event}"
    spec, original = PlanSpec.read(plan), PlanSpec.read(source)
    web, agent, hotel = original.lines
    assert spec.lines == (
        replace(web, opens_at=at("2030-10-29T09:00")),
        agent,
        replace(hotel, releases_at=at("2030-11-01T08:00")),
    )
    assert spec.groups == original.groups
    row = row_of(made, "web")
    assert (row.draws_from, row.draws_until) == (at("2030-10-29T09:00"), at("2030-11-02T19:30"))
    assert (row.ceiling, row.quantity) == (60, 30)
    moved = Movement.objects.filter(stock__event=made, kind=MovementKind.PLAN)
    assert set(moved.values_list("document_id", flat=True)) == {plan.pk}
    assert_reconciled()


def test_a_copy_has_what_the_plan_gives_whatever_was_moved_and_sold_since(stage: Stage) -> None:
    planned = {"": 40, "partners": 20, "web": 30, "agent": 10, "hotel": 0}
    assert quantities(stage.event) == planned
    with transaction.atomic():
        allocations.move_quantity(
            source=stage.row(), target=stage.row(channel="hotel"), units=7, by=SYSTEM, reason="x"
        )
    made = copy(stage)
    assert quantities(made) == planned
    assert quantities(made, "Park") == {"": 15, "web": 5, "agent": 0, "hotel": 0}
    assert_reconciled()


def test_without_allocations_the_plan_waits_as_a_draft(stage: Stage) -> None:
    made = copy(stage, with_allocations=False)
    pool = pool_of(made)
    draft = draft_of(pool)
    assert plan_in_force(pool) is None
    assert draft is not None
    assert PlanSpec.read(draft).lines[0].opens_at == at("2030-10-29T09:00")
    assert quantities(made) == {"": 100, "partners": 0, "web": 0, "agent": 0, "hotel": 0}
    assert row_of(made, "web").draws_on is None
    assert_reconciled()


def test_what_would_have_gone_back_by_now_is_given_to_nobody(stage: Stage) -> None:
    """The copy starts tomorrow, and its partners' part goes back 48 hours before."""
    made = copy(stage, at("2030-10-02T19:30"))
    assert quantities(made) == {"": 60, "partners": 0, "web": 30, "agent": 10, "hotel": 0}
    assert Stock.objects.get(event=made, name="partners").releases_at is None
    assert_reconciled()


def test_neither_a_draft_nor_a_replaced_version_is_copied(stage: Stage) -> None:
    apply(stage, line(stage, "web", 1), now=NOW)
    made = copy(stage)
    plans = AllocationPlan.objects.filter(pool__event=made)
    assert [(plan.version, PlanSpec.read(plan).lines[0].units) for plan in plans] == [(1, 1)]


def test_a_plan_that_the_copy_cannot_have_is_refused_with_pool_date_and_channel(
    stage: Stage,
) -> None:
    """Summer time begins in the night before: 24 h before the start it is an hour earlier."""
    apply(
        stage,
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            opens=Opens.AT,
            opens_at=at("2030-10-19T19:00"),
            closes=Closes.BEFORE_START,
            closes_hours=24,
        ),
        now=NOW,
    )
    events = Event.objects.count()
    with nothing_changed(), pytest.raises(InvalidInputError) as refused:
        copy(stage, at("2031-03-30T19:30"))
    assert refused.value.field == "starts"
    assert refused.value.detail.startswith(
        "The plan of GA cannot be copied to 30 Mar 2031, 19:30 CEST: web: It may draw until"
    )
    assert Event.objects.count() == events
