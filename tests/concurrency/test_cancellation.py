"""An event that is cancelled while it is sold: no booking slips through unsettled."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest

from allocations import ledger
from common.actor import SYSTEM
from common.errors import RefusedError
from events.errors import EventStateError
from sales import booking_sql, cancellation, tasks
from sales import services as sales
from sales.cancellation import cancel_event
from sales.cancellation_worker import unfinished
from sales.enums import BookingStatus, Fate
from sales.errors import InvalidStateError, NotOnSaleError
from sales.models import Booking, ChannelSettlement, EventCancellation
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import chance_of
from tests.factories import Counters, Stage, id_of, make_stage
from tests.proofs import assert_reconciled


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "ask_for_settling", lambda: None)


def cancel(stage: Stage, **fates: Fate) -> EventCancellation:
    by_channel = {stage.channels[name].pk: fate for name, fate in fates.items()}
    return cancel_event(event_id=stage.event.pk, fates=by_channel, by=SYSTEM, reason="Storm")


def settle_all() -> int:
    ended = 0
    while unfinished():
        ended += tasks.settle_cancelled_events()
    return ended


def statuses(stage: Stage, channel: str = "web") -> set[str]:
    found = Booking.objects.filter(channel=stage.channels[channel])
    return set(found.values_list("status", flat=True))


def test_an_event_cancelled_in_the_middle_of_everything_is_settled_to_the_last_booking() -> None:
    stage = make_stage(
        pools={"GA": 4_000},
        channels=("web", "agent"),
        give={("GA", "web"): 2_000, ("GA", "agent"): 2_000},
    )
    begun = Event()

    def sell(seed: int) -> int:
        """Until the event is cancelled; returns how many steps were done."""
        chance, done = chance_of(seed), 0
        while True:
            try:
                step(stage, chance.choice(("web", "agent")), chance.randrange(5))
            except (NotOnSaleError, InvalidStateError):  # the settling may have been faster
                return done
            done += 1
            if done == 5:
                begun.set()

    def stop() -> int:
        await_event(begun)
        cancel(stage, web=Fate.REFUND, agent=Fate.KEEP)
        return 0

    sellers: list[Callable[[], int]] = [partial(sell, seed) for seed in range(8)]
    outcomes = race([*sellers, stop, settle_when_cancelled])
    assert errors_of(outcomes) == []
    settle_all()
    assert statuses(stage) <= {BookingStatus.CANCELLED}
    assert statuses(stage, "agent") <= {BookingStatus.CONFIRMED, BookingStatus.CANCELLED}
    assert stage.counters() == Counters(2_000, 0, 0, 0)
    assert stage.counters(channel="agent").held == 0
    kept = ChannelSettlement.objects.get(channel=stage.channels["agent"])
    confirmed = Booking.objects.filter(status=BookingStatus.CONFIRMED).count()
    assert (confirmed, kept.refunded) == (kept.bookings, 0)
    assert_reconciled()


def step(stage: Stage, channel: str, what: int) -> None:
    """Sell at once, or hold and go on with the hold."""
    if what == 0:
        stage.sell(channel=channel)
        return
    hold = stage.hold(channel=channel)
    if what == 1:
        sales.confirm(hold, by=SYSTEM)
    elif what == 2:
        sales.extend(hold, by=SYSTEM, seconds=600)
    elif what == 3:
        sales.cancel(hold, by=SYSTEM, reason="test")


def settle_when_cancelled() -> int:
    wait_until(EventCancellation.objects.exists)
    return settle_all()


def sell_while_it_is_cancelled(stage: Stage, patch: pytest.MonkeyPatch) -> Any:
    """A sale has its stock; before it commits, the event is cancelled and settled."""
    sold, cancelled = Event(), Event()
    post_one = ledger.post_one

    def stay_before_commit(group: ledger.Group, **terms: Any) -> ledger.Posting:
        posting = post_one(group, **terms)
        sold.set()
        wait_until(lambda: cancelled.is_set() or waiting_for_locks() == 1)
        return posting

    def stop() -> None:
        await_event(sold)
        cancel(stage, web=Fate.REFUND)
        settle_all()
        cancelled.set()

    patch.setattr(ledger, "post_one", stay_before_commit)
    return race([lambda: id_of(stage.sell()), stop])


def test_a_cancellation_waits_for_a_sale_that_has_its_stock_and_refunds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    outcomes = sell_while_it_is_cancelled(stage, monkeypatch)
    assert errors_of(outcomes) == []
    assert statuses(stage) == {BookingStatus.CANCELLED}
    assert ChannelSettlement.objects.get().bookings == 1
    assert_reconciled()


def test_control_without_that_wait_the_sale_slips_through(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage()
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "lock", lambda _ids: [])
        outcomes = sell_while_it_is_cancelled(stage, patch)
    assert errors_of(outcomes) == []
    assert unfinished() == []
    assert statuses(stage) == {BookingStatus.CONFIRMED}


def planned_before(
    act: Callable[[], object], stage: Stage, patch: pytest.MonkeyPatch
) -> Exception | None:
    """Plan ``act`` on the set-up of before, cancel and settle, and then let it go on."""
    planned, cancelled = Event(), Event()
    post_one = ledger.post_one

    def wait_for_it(group: ledger.Group, **terms: Any) -> ledger.Posting:
        if not planned.is_set():
            planned.set()
            await_event(cancelled)
        return post_one(group, **terms)

    def stop() -> None:
        await_event(planned)
        cancel(stage, web=Fate.REFUND)
        tasks.settle_cancelled_events()
        cancelled.set()

    patch.setattr(ledger, "post_one", wait_for_it)
    outcomes = race([act, stop])
    assert errors_of(outcomes[1:]) == []
    return outcomes[0].error


def test_a_sale_planned_before_the_cancellation_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    assert isinstance(planned_before(stage.sell, stage, monkeypatch), NotOnSaleError)
    assert not Booking.objects.exists()
    assert_reconciled()


def test_control_without_the_version_check_that_sale_slips_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    check = "e.config_version <> (g ->> 'config')::bigint"
    with changed_function("allocations_post", check, "false"):
        assert planned_before(stage.sell, stage, monkeypatch) is None
    assert unfinished() == []
    assert statuses(stage) == {BookingStatus.CONFIRMED}


def test_a_confirmation_planned_before_the_cancellation_is_refused_and_its_hold_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    hold = stage.hold()
    refusal = planned_before(lambda: sales.confirm(hold, by=SYSTEM), stage, monkeypatch)
    assert isinstance(refusal, NotOnSaleError)
    # The confirmation had the booking's lock while the first walk passed by.
    assert statuses(stage) == {BookingStatus.ON_HOLD}
    assert unfinished() != []
    assert settle_all() == 1
    assert statuses(stage) == {BookingStatus.CANCELLED}
    assert stage.counters() == Counters(100, 0, 0, 0)
    assert_reconciled()


def test_a_hold_extended_at_the_same_moment_is_released_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    hold = stage.hold()
    looked, passed = Event(), Event()
    look = booking_sql.look

    def stay_after_looking(*args: Any) -> booking_sql.Scene:
        scene = look(*args)
        looked.set()
        await_event(passed)
        return scene

    def stop() -> None:
        await_event(looked)
        cancel(stage)
        assert tasks.settle_cancelled_events() == 0
        passed.set()

    with monkeypatch.context() as patch:
        patch.setattr(booking_sql, "look", stay_after_looking)
        outcomes = race([lambda: sales.extend(hold, by=SYSTEM, seconds=900), stop])
    assert errors_of(outcomes) == []
    assert settle_all() == 1
    assert statuses(stage) == {BookingStatus.CANCELLED}
    assert_reconciled()


def test_many_workers_and_sellers_who_refund_end_each_booking_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sales.cancellation_worker.BATCH", 7)
    stage = make_stage(pools={"GA": 200})
    booked = [id_of(stage.sell()) for _ in range(150)]
    cancel(stage, web=Fate.REFUND)

    def refund() -> int:
        done = 0
        for one in booked:
            try:
                sales.cancel(one, by=SYSTEM, reason="by its seller")
            except RefusedError:
                continue
            done += 1
        return done

    outcomes = race([settle_all] * 4 + [refund])
    assert errors_of(outcomes) == []
    assert sum(found.value or 0 for found in outcomes) == 150
    settled = ChannelSettlement.objects.get()
    assert settled.refunded == sum(found.value or 0 for found in outcomes[:4])
    assert statuses(stage) == {BookingStatus.CANCELLED}
    assert stage.counters() == Counters(200, 0, 0, 0)
    assert_reconciled()


def test_of_two_people_who_cancel_one_decides() -> None:
    stage = make_stage()
    stage.sell()
    jobs = [partial(cancel, stage, web=fate) for fate in (Fate.REFUND, Fate.KEEP)]
    outcomes = race(jobs)
    assert errors_of(outcomes, EventStateError) == []
    (winner,) = [found.value for found in outcomes if found.value is not None]
    assert EventCancellation.objects.get() == winner
