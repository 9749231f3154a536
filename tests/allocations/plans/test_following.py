"""What a plan says of time follows its event to other dates; quantities never do."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from allocations.enums import Closes, Draws, MovementKind, Opens, PlanStatus
from allocations.models import AllocationPlan, Movement, Stock
from allocations.plans import release, services
from allocations.plans.reschedule import follow_dates
from allocations.plans.selectors import draft_of, plan_in_force
from allocations.plans.spec import PlanSpec
from allocations.postponing import MOVED, Move, plan_postponement, postpone_event
from common.actor import SYSTEM
from common.errors import InvalidInputError
from events.enums import EventStatus
from events.models import Event
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


# Summer time ends on 1 November 2026, at 2 h.
NOW = at("2026-10-01T12:00")
START = at("2026-10-30T19:30")
LATER = at("2026-11-06T19:30")


@kept
def stage() -> Stage:
    return make_stage(
        venue=make_venue(time_zone=str(NEW_YORK)),
        channels=("web", "box", "agent", "hotel"),
        give={},
        starts_at=START,
        sales_from=at("2026-10-05T10:00"),
    )


def postpone(stage: Stage, starts_at: datetime = LATER, **terms: Any) -> list[Move]:
    with transaction.atomic():
        return postpone_event(
            event_id=stage.event.pk,
            starts_at=starts_at,
            by=SYSTEM,
            reason="Storm",
            now=terms.pop("now", NOW),
            **terms,
        )


def change(stage: Stage, **dates: datetime | None) -> None:
    """As the event's form and an import do it."""
    before = Event.objects.get(pk=stage.event.pk)
    with transaction.atomic():
        Event.objects.filter(pk=before.pk).update(**dates)
        follow_dates(
            before=before,
            after=Event.objects.get(pk=before.pk),
            by=SYSTEM,
            field="sales_from",
        )


def window(stage: Stage, channel: str) -> tuple[datetime | None, datetime | None]:
    row = Stock.objects.get(pk=stage.row(channel=channel).pk)
    return row.draws_from, row.draws_until


def tiers(stage: Stage) -> None:
    """First the web, from 48 h after the sale begins until 72 h before the start; then the agent.

    Applied before the event is on sale, so that no later date needs an approval for it.
    """
    Event.objects.update(status=EventStatus.DRAFT)
    apply(
        stage,
        line(
            stage,
            "web",
            10,
            draws=Draws.GENERAL,
            opens=Opens.AFTER_ON_SALE,
            opens_hours=48,
            closes=Closes.BEFORE_START,
            closes_hours=72,
        ),
        line(stage, "agent", 20, draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
        line(stage, "box", 30, release_hours=24),
        line(stage, "hotel", group="partners", tier=2),
        group("partners", 25, release_hours=48),
        now=NOW,
    )
    Event.objects.update(status=EventStatus.ON_SALE)


def test_hours_before_the_start_are_elapsed_hours_across_the_change_of_the_clock(
    stage: Stage,
) -> None:
    """72 h before 19:30 on 3 November is 20:30 on 31 October: the night between has 25 hours."""
    tiers(stage)
    postpone(stage, at("2026-11-03T19:30"))
    assert window(stage, "web") == (at("2026-10-11T10:00"), at("2026-10-31T20:30"))
    assert window(stage, "agent") == (at("2026-10-31T20:30"), None)


def test_a_moment_of_the_plans_own_stays_at_its_hour_on_the_venues_clock(stage: Stage) -> None:
    apply(
        stage,
        line(stage, "web", draws=Draws.GENERAL, opens=Opens.AT, opens_at=at("2026-10-28T09:00")),
        line(stage, "box", 30, releases_at=at("2026-10-29T19:30")),
        now=NOW,
    )
    postpone(stage)
    assert window(stage, "web") == (at("2026-11-04T09:00"), None)
    assert stage.row(channel="box").releases_at == at("2026-11-05T19:30")


def test_each_release_moves_with_the_start_and_no_quantity_does(stage: Stage) -> None:
    tiers(stage)
    rows = Stock.objects.filter(pool=stage.pools["GA"]).order_by("pk")
    before = list(rows.values_list("quantity", "held", "sold", "drawn"))
    postpone(stage)
    assert stage.row(channel="box").releases_at == LATER - 24 * HOUR
    assert stage.open_row(name="partners").releases_at == LATER - 48 * HOUR
    assert list(rows.values_list("quantity", "held", "sold", "drawn")) == before
    last = Movement.objects.latest("pk")
    assert (last.kind, last.reason, last.delta_quantity) == (MovementKind.TERMS, MOVED, 0)
    assert_reconciled()


def test_the_preview_lists_exactly_the_moves_that_happen(stage: Stage) -> None:
    tiers(stage)
    with nothing_changed():
        plan = plan_postponement(Event.objects.get(pk=stage.event.pk), LATER, now=NOW)
    assert [(str(move.owner), move.field) for move in plan] == [
        (str(stage.event), "starts_at"),
        (str(stage.event), "sales_from"),
        ("GA · web", "draws_from"),
        ("GA · web", "draws_until"),
        ("GA · box", "releases_at"),
        ("GA · agent", "draws_from"),
        ("GA · partners", "releases_at"),
    ]
    times = {
        (type(move.owner), move.owner.pk, move.field): (move.before, move.after) for move in plan
    }
    postpone(stage)
    for (model, pk, field), (_before, after) in times.items():
        assert getattr(model._default_manager.get(pk=pk), field) == after


def test_rules_follow_even_where_windows_are_to_stay_and_moments_do_not(stage: Stage) -> None:
    apply(
        stage,
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            closes=Closes.BEFORE_START,
            closes_hours=24,
            opens=Opens.AT,
            opens_at=at("2026-10-20T09:00"),
        ),
        now=NOW,
    )
    moves = postpone(stage, shift_windows=False)
    assert [move.field for move in moves] == ["starts_at", "draws_until"]
    assert window(stage, "web") == (at("2026-10-20T09:00"), LATER - 24 * HOUR)
    assert AllocationPlan.objects.count() == 1


def test_moments_that_lie_ahead_make_the_next_version_with_the_postponements_reason(
    stage: Stage,
) -> None:
    parts = (
        line(
            stage,
            "web",
            "30",
            draws=Draws.GENERAL,
            opens=Opens.AT,
            opens_at=at("2026-09-20T09:00"),
            closes=Closes.AT,
            closes_at=at("2026-10-28T09:00"),
        ),
        line(stage, "box", 20, release_hours=24),
    )
    first = apply(stage, *parts, now=NOW)
    postpone(stage)
    second = plan_in_force(stage.pools["GA"])
    assert second is not None
    assert (second.version, second.reason, second.applied_at) == (2, MOVED, NOW)
    web, box = PlanSpec.read(second).lines
    assert (web.opens_at, web.closes_at, web.percent) == (
        at("2026-09-20T09:00"),
        at("2026-11-04T09:00"),
        Decimal(30),
    )
    assert box == PlanSpec.read(first).lines[1]
    first.refresh_from_db()
    assert first.status == PlanStatus.REPLACED


def test_a_plan_of_rules_alone_stays_in_its_version(stage: Stage) -> None:
    tiers(stage)
    postpone(stage)
    assert [plan.version for plan in AllocationPlan.objects.all()] == [1]


def test_a_draft_that_waits_goes_on_waiting(stage: Stage) -> None:
    apply(stage, line(stage, "web", 5, releases_at=at("2026-10-28T09:00")), now=NOW)
    waiting = PlanSpec((line(stage, "web", 7), line(stage, "box", group="x")), (group("x", 3),))
    with transaction.atomic():
        services.save_draft(pool=stage.pools["GA"], spec=waiting)
        services.save_draft(pool=stage.pools["GA"], spec=waiting)
    postpone(stage)
    draft = draft_of(stage.pools["GA"])
    assert draft is not None
    assert (PlanSpec.read(draft), draft.revision) == (waiting, 2)


def test_what_has_gone_back_stays_there(stage: Stage) -> None:
    tiers(stage)
    with stage.still_to_come():
        stage.sell([("Ticket", 4)], "box")
    passed = START - 30 * HOUR
    release.release_pool(stage.pools["GA"].pk, passed)
    assert stage.counters(channel="box") == Counters(30, 0, 4, 0)
    closed = window(stage, "hotel")
    assert closed == (None, START - 48 * HOUR)
    postpone(stage, now=passed)
    assert window(stage, "hotel") == closed
    assert stage.open_row(name="partners").releases_at is None
    assert stage.open_row(name="partners").quantity == 0
    assert stage.row(channel="box").releases_at == LATER - 24 * HOUR
    assert_reconciled()


def test_a_release_that_an_earlier_date_makes_due_is_made(stage: Stage) -> None:
    tiers(stage)
    postpone(stage, NOW + 12 * HOUR)
    pool = stage.pools["GA"].pk
    assert release.due(NOW) == [pool]
    release.release_pool(pool, NOW)
    assert stage.counters(channel="box") == Counters(0, 0, 0, 0)
    assert_reconciled()


def test_a_window_that_was_set_by_hand_since_is_no_longer_the_plans(stage: Stage) -> None:
    tiers(stage)
    by_hand = at("2026-10-15T08:00")
    stage.draw("web", draws_from=by_hand)
    change(stage, starts_at=LATER)
    assert window(stage, "web") == (by_hand, None)
    assert window(stage, "agent") == (LATER - 72 * HOUR, None)
    postpone(stage, LATER + 24 * HOUR)
    assert window(stage, "web") == (at("2026-10-16T08:00"), None)


def test_another_beginning_of_the_sale_moves_what_counts_from_it(stage: Stage) -> None:
    tiers(stage)
    change(stage, sales_from=at("2026-10-10T10:00"))
    assert window(stage, "web") == (at("2026-10-12T10:00"), START - 72 * HOUR)
    assert Movement.objects.latest("pk").reason == "The dates of the event were changed."


def test_dates_that_no_plan_counts_from_write_nothing(stage: Stage) -> None:
    apply(stage, line(stage, "web", 5, draws=Draws.GENERAL), now=NOW)
    before = Movement.objects.count()
    change(stage, sales_from=None, starts_at=LATER)
    assert Movement.objects.count() == before


def test_a_sale_without_a_beginning_is_refused_with_pool_channel_and_rule(stage: Stage) -> None:
    tiers(stage)
    with nothing_changed(), pytest.raises(InvalidInputError) as refused:
        change(stage, sales_from=None)
    assert refused.value.field == "sales_from"
    assert refused.value.detail == (
        "GA, web draws from “48h after on-sale”: The event does not say when its sales begin. "
        "GA, agent draws from “after tier”: The tier above never ends: say when it closes, or open"
        " this one on a date."
    )


def test_a_window_that_would_end_before_it_starts_is_refused(stage: Stage) -> None:
    tiers(stage)
    with nothing_changed(), pytest.raises(InvalidInputError) as refused:
        postpone(stage, at("2026-10-08T19:30"), shift_windows=False)
    assert refused.value.field == "starts_at"
    assert refused.value.detail.startswith(
        "GA, web draws until “72h before start”: It may draw until 5 Oct 2026, 19:30 EDT, but only"
        " from 7 Oct 2026, 10:00 EDT."
    )


def test_a_moment_that_would_leave_the_century_is_refused(stage: Stage) -> None:
    apply(stage, line(stage, "web", 5, releases_at=at("2099-12-30T00:00")), now=NOW)
    with nothing_changed(), pytest.raises(InvalidInputError, match="GA: A date lies between"):
        postpone(stage)


def test_all_pools_follow_in_one_pass_over_the_ledger() -> None:
    stage = make_stage(
        pools={"GA": 100, "Park": 20},
        items={"Both": {"GA": 1, "Park": 1}},
        channels=("web", "agent"),
        give={},
        starts_at=START,
    )
    for pool in ("GA", "Park"):
        terms: dict[str, Any] = {"closes": Closes.BEFORE_START, "closes_hours": 5}
        apply(
            stage,
            line(stage, "web", draws=Draws.GENERAL, **terms),
            line(stage, "agent", draws=Draws.GENERAL, **terms),
            pool=pool,
            now=NOW,
        )
    with CaptureQueriesContext(connection) as queries:
        postpone(stage)
    locking = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert len([sql for sql in locking if 'FROM "allocations_stock"' in sql]) == 1
    ends = Stock.objects.filter(kind="CHANNEL").values_list("draws_until", flat=True)
    assert set(ends) == {LATER - 5 * HOUR}


def test_statements_do_not_grow_with_the_lines_of_plans() -> None:
    counted = []
    for count in (2, 6):
        names = [f"channel {number}" for number in range(count)]
        stage = make_stage(channels=names, give={}, starts_at=START)
        apply(
            stage,
            *(
                line(stage, name, draws=Draws.GENERAL, closes=Closes.AT, closes_at=START)
                for name in names
            ),
            now=NOW,
        )
        with CaptureQueriesContext(connection) as queries:
            assert len(postpone(stage)) == 1 + count
        counted.append(len(queries))
    assert counted[0] == counted[1]
