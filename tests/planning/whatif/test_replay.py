"""What-if against reality: an event's own sales under its own plan give exactly its real result."""

from collections.abc import Sequence
from datetime import timedelta
from math import inf

import pytest
from django.db.models import F
from django.utils import timezone

from allocations.enums import Draws
from allocations.models import Movement, Stock
from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM
from demo.build import Built
from events.models import Event
from planning.whatif.courses import planned
from planning.whatif.demand import Real, Step
from planning.whatif.engine import Run, Settings
from planning.whatif.history import History, history_of
from planning.whatif.plans import IN_FORCE, Choice, specs_of
from planning.whatif.scene import Scene, scene_of
from sales import services
from sales.enums import BookingStatus
from sales.expiry import expire_due
from sales.models import Booking, BookingLine
from tests.demo.conftest import small_season
from tests.factories import id_of, let_expire, make_stage
from tests.proofs import execute
from transfers.models import TransferRule
from transfers.rules.evaluation import evaluate

__all__ = ["small_season"]

pytestmark = pytest.mark.django_db


class TestTheDemoSeason:
    def test_replaying_its_own_sales_as_it_went_gives_its_real_result(
        self, small_season: Built
    ) -> None:
        for event in Event.objects.select_related("venue").order_by("pk"):
            scene = scene_of(event, [])
            history = history_of(scene)
            course, setups = history.as_it_went(scene)
            assert_real(scene, Run(scene, course, Settings()), setups, history)
        # Holds that lapsed or were released, refunds, leases, named holds, and stock that was drawn.
        statuses = set(Booking.objects.values_list("status", flat=True))
        assert statuses == set(BookingStatus.values)
        kinds = set(Movement.objects.values_list("kind", flat=True))
        assert {"DRAW", "UNDRAW", "PLAN", "SET_ASIDE", "EXPIRE", "REFUND"} <= kinds

    def test_its_sales_under_its_plan_in_force_give_it_too_where_nobody_has_moved_anything(
        self, small_season: Built
    ) -> None:
        replayed = 0
        events = Event.objects.select_related("venue").order_by("pk")
        for event in events.exclude(pools__plans__version__gt=1).exclude(
            transfers__status="EXECUTED"
        ):
            specs = specs_of(Choice(IN_FORCE), event, timezone.now())
            scene = scene_of(event, [specs])
            history = history_of(scene)
            course = planned(scene, specs)
            setups = history.limits(course)
            assert_real(scene, Run(scene, course, Settings()), setups, history)
            replayed += 1
        assert replayed >= 3


def assert_real(scene: Scene, run: Run, setups: Sequence[Step], history: History) -> None:
    """The counters of every row, tickets, money: as they are in the database."""
    event = scene.event
    steps = sorted([*setups, *Real(history.stories).of_seed(0)])
    result = run.play(steps, timezone.now().timestamp())
    for stock in Stock.objects.filter(event=event):
        row = scene.by_stock[stock.pk]
        assert (
            run.stock.quantity[row],
            run.stock.used[row] - run.stock.sold[row],
            run.stock.sold[row],
            run.stock.drawn[row],
        ) == (stock.quantity, stock.held, stock.sold, stock.drawn), (event, stock)
    kept = BookingLine.objects.filter(booking__event=event, booking__status="CONFIRMED")
    assert result.sold.total() == sum(line.kept for line in kept)
    assert result.cents.total() == 100 * sum(line.total for line in kept)
    assert result.away.total() == 0


def test_a_replay_moves_by_rules_what_they_moved_and_refuses_nothing_that_was_sold() -> None:
    stage = make_stage(pools={"GA": 200}, channels=("web", "hotel"), give={})
    lines = [
        Line(
            channel_id=channel.pk,
            units=90,
            floor=20,
            is_dynamic=True,
            draws=Draws.GENERAL,
        )
        for channel in stage.channels.values()
    ]
    plans.apply_plan(
        pool=stage.pools["GA"],
        spec=PlanSpec(lines),
        by=SYSTEM,
        reason="test",
        now=timezone.now(),
    )
    TransferRule.objects.create(
        venue=stage.event.venue, name="90/30", amount="UNITS", value=30, max_per_day=30
    )
    let_pass(hours=3)
    for _buyer in range(5):
        stage.sell([("Ticket", 17)], "web")
    stage.sell([("Ticket", 5)], "hotel")
    lapsed = stage.hold([("Ticket", 9)], "hotel")
    let_pass(hours=2)
    let_expire(lapsed)
    expire_due(event_id=stage.event.pk)
    [transfer] = evaluate(timezone.now())
    assert (transfer.status, transfer.moved) == ("EXECUTED", 30)
    let_pass(hours=1)
    # Its own, what was moved, and some of the open stock.
    bought = stage.sell([("Ticket", 50)], "web")
    services.cancel(id_of(bought), by=SYSTEM, reason="test", lines={1: 5})
    assert stage.counters().drawn > 0
    specs = specs_of(Choice(IN_FORCE), stage.event, timezone.now())
    scene = scene_of(stage.event, [specs])
    history = history_of(scene)
    course = planned(scene, specs)
    course.looks = ()  # here nobody asks the forecasts of dynamic plans
    run = Run(scene, course, Settings())
    assert_real(scene, run, [], history)
    assert run.result.moved == 30
    as_it_went, setups = history.as_it_went(scene)
    assert_real(scene, Run(scene, as_it_went, Settings()), setups, history)
    # The control: without its transfers the last buyer comes in vain.
    without = Run(scene, planned(scene, specs), Settings(moves=False))
    assert without.play(Real(history.stories).of_seed(0), inf).away.total() == 50


def let_pass(hours: int) -> None:
    """All that has happened so far lies so many hours farther back."""
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    Movement.objects.update(at=F("at") - timedelta(hours=hours))
