"""Plans that are applied, open and end while tickets are sold."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from allocations import ledger
from allocations.enums import Closes, Draws, MovementKind, Opens, PlanStatus
from allocations.models import AllocationPlan, Movement, Stock
from allocations.plans import services
from allocations.plans.release import release_pool
from allocations.plans.spec import PlanSpec
from common.actor import SYSTEM, Actor
from common.clock import database_now
from idempotency.errors import BusyError
from sales import services as sales
from sales.enums import BookingStatus
from sales.errors import OutsideSalesWindowError, SoldOutError
from sales.models import Booking
from tests.allocations.plans.specs import apply, group, line
from tests.concurrency.race import (
    Outcome,
    await_event,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import chance_of, wait_for_more
from tests.factories import Counters, Stage, make_stage, make_user
from tests.proofs import assert_reconciled

# --- The moment at which a tier opens -------------------------------------------------------------

CAPACITY = 80
# What each of the eight direct sellers takes at most: together less than there is.
MAX_DIRECT = 5


def test_at_the_moment_a_tier_opens_nobody_sells_before_it_or_is_refused_after_it() -> None:
    stage = make_stage(pools={"GA": CAPACITY}, channels=("web", "agent"), give={})
    opens = database_now() + timedelta(seconds=1.5)
    apply(
        stage,
        line(stage, "web", draws=Draws.GENERAL, closes=Closes.AT, closes_at=opens),
        line(stage, "agent", draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
    )

    def sell_direct() -> list[datetime]:
        try:
            for _ in range(MAX_DIRECT):
                stage.sell(channel="web")
        except (SoldOutError, OutsideSalesWindowError):
            pass
        return []

    def sell_next() -> list[datetime]:
        """Try until refused after the opening; returns when each refusal had come."""
        refusals: list[datetime] = []
        while True:
            began = database_now()
            try:
                stage.sell(channel="agent")
            except (SoldOutError, OutsideSalesWindowError):
                refusals.append(database_now())
                if began >= opens:
                    return refusals

    sellers: list[Callable[[], list[datetime]]] = [*[sell_direct] * 8, *[sell_next] * 8]
    outcomes = race(sellers)
    assert errors_of(outcomes) == []
    early = [found.value[:-1] for found in outcomes[8:] if found.value]
    late = [found.value[-1] for found in outcomes[8:] if found.value]
    assert any(early), "nobody tried before the opening"
    second = Movement.objects.filter(stock=stage.row(channel="agent"), kind=MovementKind.SELL)
    moments = list(second.values_list("at", flat=True))
    assert min(moments) >= opens
    # Whoever was refused came after the last ticket.
    assert len(late) == 8
    assert max(moments) < min(late)
    direct = Movement.objects.filter(stock=stage.row(), kind=MovementKind.SELL)
    assert all(moment < opens for moment in direct.values_list("at", flat=True))
    assert direct.count() + len(moments) == CAPACITY
    assert stage.open_row().quantity == 0
    assert_reconciled()


# --- Unsold stock goes back -----------------------------------------------------------------------


def due(stage: Stage) -> None:
    """A plan under which the agent's part and the group's have had their time an hour ago."""
    now = timezone.now()
    ended = now - timedelta(hours=1)
    apply(
        stage,
        line(stage, "agent", 60, releases_at=ended),
        line(stage, "hotel", 10, group="Partners"),
        line(stage, "web", 30, draws=Draws.GENERAL),
        group("Partners", 50, releases_at=ended),
        now=now - timedelta(hours=2),
    )


def test_what_is_sold_held_and_given_back_while_stock_is_released_is_counted_once() -> None:
    stage = make_stage(pools={"GA": 200}, channels=("web", "agent", "hotel"), give={})
    due(stage)
    pool, over, done = stage.pools["GA"].pk, Event(), list[int]()

    def trade(channel: str, seed: int) -> int:
        chance, holds = chance_of(seed), list[int]()
        try:
            for _ in range(15):
                try:
                    if holds and chance.random() < 0.4:
                        sales.cancel(holds.pop(), by=SYSTEM, reason="test")
                    elif chance.random() < 0.5:
                        holds.append(stage.hold([("Ticket", chance.randint(1, 3))], channel))
                    else:
                        stage.sell([("Ticket", 1)], channel)
                except (SoldOutError, OutsideSalesWindowError):
                    pass
                done.append(1)
        finally:
            over.set()
        return 0

    def release() -> int:
        wait_for_more(done, over)
        return release_pool(pool, timezone.now())

    traders: list[Callable[[], int]] = [
        partial(trade, channel, seed) for seed, channel in enumerate(("web", "agent", "hotel") * 2)
    ]
    outcomes = race([*traders, release, release])
    assert errors_of(outcomes) == []
    # The second found nothing due. The rows: the agent's, the group's and the general one at least.
    first, second = sorted(found.value or 0 for found in outcomes[-2:])
    assert (first, second >= 3) == (0, True)
    agent, hotel = stage.counters(channel="agent"), stage.counters(channel="hotel")
    assert agent.quantity == agent.drawn == agent.held + agent.sold
    assert hotel.quantity - hotel.drawn == 10
    assert stage.open_row(name="Partners").quantity == 0
    assert_reconciled()
    # And when all is given back, each guarantee that goes on is whole, and the rest is open.
    live = Booking.objects.filter(status__in=(BookingStatus.ON_HOLD, BookingStatus.CONFIRMED))
    for booking in live.values_list("pk", flat=True):
        sales.cancel(booking, by=SYSTEM, reason="test")
    assert stage.counters(channel="agent") == Counters(0, 0, 0, 0)
    assert stage.counters(channel="hotel") == Counters(10, 0, 0, 0)
    assert stage.counters(channel="web") == Counters(30, 0, 0, 0)
    assert stage.open_row().quantity == 160
    assert_reconciled()


def release_while_a_ticket_is_sold(
    stage: Stage, patch: pytest.MonkeyPatch, lock: Callable[..., list[Stock]]
) -> list[Outcome[int]]:
    """The release has read its rows; a sale comes before it writes, unless that must wait."""
    read, sold = Event(), Event()

    def lock_and_stay(stock_ids: list[int]) -> list[Stock]:
        rows = lock(stock_ids)
        read.set()
        wait_until(lambda: sold.is_set() or waiting_for_locks() == 1)
        return rows

    def sell() -> int:
        await_event(read)
        try:
            stage.sell(channel="agent")
        finally:
            sold.set()
        return 1

    patch.setattr(ledger, "lock", lock_and_stay)
    return race([lambda: release_pool(stage.pools["GA"].pk, timezone.now()), sell])


def test_a_sale_waits_for_the_release_and_finds_what_it_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage(pools={"GA": 200}, channels=("web", "agent", "hotel"), give={})
    due(stage)
    released, sale = release_while_a_ticket_is_sold(stage, monkeypatch, ledger.lock)
    assert (released.error, released.value) == (None, 4)
    # Its time to draw is over, and nothing of its own is left.
    assert isinstance(sale.error, OutsideSalesWindowError)
    assert stage.counters(channel="agent") == Counters(0, 0, 0, 0)
    assert_reconciled()


def read_only(stock_ids: list[int]) -> list[Stock]:
    return list(Stock.objects.filter(pk__in=list(stock_ids)).order_by("pk"))


def test_control_without_the_lock_the_release_would_undo_a_sale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is refused by the guard behind the door: the row is another by then."""
    stage = make_stage(pools={"GA": 200}, channels=("web", "agent", "hotel"), give={})
    due(stage)
    released, sale = release_while_a_ticket_is_sold(stage, monkeypatch, read_only)
    assert isinstance(released.error, IntegrityError)
    # By whichever guard looks first: that of the row, or that of the number of its movement.
    guards = ("through the ledger alone", "movement_version_once_per_row")
    assert any(guard in str(released.error) for guard in guards)
    assert sale.error is None
    assert stage.counters(channel="agent") == Counters(60, 0, 1, 0)


# --- Plans that are applied -----------------------------------------------------------------------


def put(stage: Stage, by: User, *percents: str) -> Callable[[], int]:
    """A job that applies a plan for each percentage of the website's; all others draw."""

    def job() -> int:
        for percent in percents:
            spec = PlanSpec(
                [
                    line(stage, "web", percent, draws=Draws.GENERAL),
                    line(stage, "agent", draws=Draws.GENERAL),
                ]
            )
            with transaction.atomic():
                services.apply_plan(
                    pool=stage.pools["GA"],
                    spec=spec,
                    by=Actor.person(by),
                    reason=f"{percent} %",
                    now=timezone.now(),
                )
        return 0

    return job


def versions(stage: Stage) -> list[AllocationPlan]:
    return list(AllocationPlan.objects.filter(pool=stage.pools["GA"]).order_by("version"))


def assert_in_force(stage: Stage) -> None:
    """The last version alone is in force, and the website has what it says."""
    *replaced, last = versions(stage)
    assert last.status == PlanStatus.IN_FORCE
    assert {plan.status for plan in replaced} == {PlanStatus.REPLACED}
    web = stage.counters()
    percent = PlanSpec.read(last).lines[0].percent
    assert web.quantity - web.drawn == percent
    assert_reconciled()


def test_two_people_who_apply_at_once_make_two_versions() -> None:
    for _ in range(3):
        stage = make_stage(channels=("web", "agent"), give={})
        people = make_user(), make_user()
        outcomes = race([put(stage, people[0], "30"), put(stage, people[1], "60")])
        assert errors_of(outcomes) == []
        found = versions(stage)
        assert [plan.version for plan in found] == [1, 2]
        by_reason = {plan.reason: plan.applied_by_id for plan in found}
        assert by_reason == {"30 %": people[0].pk, "60 %": people[1].pk}
        assert_in_force(stage)


def test_plans_are_applied_again_and_again_while_tickets_are_sold() -> None:
    stage = make_stage(channels=("web", "agent"), give={})
    put(stage, make_user(), "10")()

    def sell(channel: str) -> int:
        sold = 0
        while True:
            try:
                stage.sell(channel=channel)
                sold += 1
            except BusyError:
                continue  # the set-up changes with each plan
            except (SoldOutError, OutsideSalesWindowError):
                return sold

    planners = [put(stage, make_user(), "40", "5", "20"), put(stage, make_user(), "15", "0", "30")]
    sellers: list[Callable[[], int]] = [partial(sell, name) for name in ("web", "agent") * 4]
    outcomes = race([*sellers, *planners])
    assert errors_of(outcomes) == []
    assert [plan.version for plan in versions(stage)] == [1, 2, 3, 4, 5, 6, 7]
    assert_in_force(stage)
    # Nothing of the capacity was lost: what is left is all that can still be sold.
    sold = sum(found.value or 0 for found in outcomes)
    rest = sum(row.quantity - row.sold for row in Stock.objects.filter(pool=stage.pools["GA"]))
    assert sold + rest == 100
