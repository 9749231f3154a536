"""A stock row that somebody keeps locked is felt by its own event, and by no other."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from allocations import ledger
from allocations import tasks as allocation_tasks
from allocations.models import Stock
from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM
from sales import cancellation, tasks
from sales.cancellation import cancel_event
from sales.enums import BookingStatus, Fate
from sales.expiry import expire_due
from sales.models import Booking
from tests.concurrency.race import locked
from tests.factories import Stage, let_expire, make_stage
from tests.proofs import assert_reconciled, execute
from tests.transfers import dynamic_stage as rebalancing
from transfers.dynamic.rebalancing import rebalance
from transfers.models import TransferRule
from transfers.rules.evaluation import evaluate


def stock_of(stage: Stage) -> str:
    rows = Stock.objects.filter(event=stage.event).values_list("pk")
    return f"{rows.query} FOR UPDATE"


def expired(*holds: int) -> int:
    return Booking.objects.filter(pk__in=holds, status=BookingStatus.EXPIRED).count()


@pytest.fixture
def stages() -> tuple[Stage, Stage]:
    """Two events; the first is the one that is stuck."""
    return make_stage(), make_stage()


def without_passing_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a control: whoever works on many events waits for each row of them."""

    def lock_all(stock_ids: Any) -> set[int]:
        ledger.lock(stock_ids)
        return set()

    monkeypatch.setattr(ledger, "lock_free", lock_all)


def test_holds_of_other_events_expire(
    stages: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = stages
    stuck_hold, hold = stuck.hold(), other.hold()
    let_expire(stuck_hold, hold)
    with locked(stock_of(stuck)):
        with monkeypatch.context() as patch:
            without_passing_by(patch)
            execute("SET lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                expire_due()
        assert expire_due() == 1
        assert expired(hold) == 1
    assert expire_due() == 1
    assert expired(stuck_hold) == 1
    assert_reconciled()


def test_more_stuck_holds_than_a_batch_do_not_crowd_out_the_others(
    stages: tuple[Stage, Stage],
) -> None:
    stuck, other = stages
    let_expire(*(stuck.hold() for _ in range(4)))
    hold = other.hold()
    let_expire(hold)
    with locked(stock_of(stuck)):
        assert expire_due(batch=2) == 1
        assert expired(hold) == 1


def test_a_sale_of_another_event_makes_room_while_a_sweep_meets_the_stuck_row(
    stages: tuple[Stage, Stage],
) -> None:
    stuck, other = stages
    let_expire(stuck.hold(), other.hold([("Ticket", 100)]))
    with locked(stock_of(stuck)):
        tasks.expire_holds()
        other.sell([("Ticket", 100)])
    assert_reconciled()


def unequal() -> Stage:
    """The website has sold out, the hotel nothing."""
    stage = make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 40, ("GA", "hotel"): 60},
        starts_at=timezone.now() + timedelta(hours=72),
    )
    stage.sell([("Ticket", 20)])
    stage.sell([("Ticket", 20)])
    return stage


def test_rules_move_units_of_other_events() -> None:
    stuck, other = unequal(), unequal()
    for stage in (stuck, other):
        TransferRule.objects.create(venue=stage.event.venue, name="90/30", amount="UNITS", value=10)
    with locked(stock_of(stuck)):
        assert [made.event for made in evaluate(timezone.now())] == [other.event]
        assert other.counters().quantity == 50
    assert [made.event for made in evaluate(timezone.now())] == [stuck.event]
    assert stuck.counters().quantity == 50
    assert_reconciled()


def dynamic() -> Stage:
    """The website sells fast, the hotel slowly."""
    with transaction.atomic():
        stage = rebalancing.stage()
    rebalancing.busy(stage)
    return stage


def test_dynamic_plans_of_other_events_follow_their_demand() -> None:
    stuck, other = dynamic(), dynamic()
    now = timezone.now()
    with locked(stock_of(stuck)):
        assert [made.event for made in rebalance(now)] == [other.event]
    assert [made.event for made in rebalance(now)] == [stuck.event]
    assert_reconciled()


def test_unsold_units_of_other_events_go_back(stages: tuple[Stage, Stage]) -> None:
    now = timezone.now()
    soon = now + timedelta(hours=1)
    for stage in stages:
        web = Line(channel_id=stage.channels["web"].pk, units=50, releases_at=soon)
        with transaction.atomic():
            plans.apply_plan(
                pool=stage.pools["GA"], spec=PlanSpec(lines=[web]), by=SYSTEM, reason="P", now=now
            )
    stuck, other = stages
    Stock.objects.filter(releases_at__isnull=False).update(releases_at=now)
    with locked(stock_of(stuck)):
        assert allocation_tasks.release_unsold() > 0
        assert other.counters().quantity == 0
    assert allocation_tasks.release_unsold() > 0
    assert stuck.counters().quantity == 0
    assert_reconciled()


def test_bookings_of_other_cancelled_events_are_settled(
    stages: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "ask_for_settling", lambda: None)
    stuck, other = stages
    for stage in stages:
        stage.sell()
        cancel_event(
            event_id=stage.event.pk,
            fates={stage.channels["web"].pk: Fate.REFUND},
            by=SYSTEM,
            reason="Storm",
        )
    with locked(stock_of(stuck)):
        assert tasks.settle_cancelled_events() == 1
        assert other.counters().sold == 0
    assert tasks.settle_cancelled_events() == 1
    assert stuck.counters().sold == 0
    assert_reconciled()
