"""A cancelled event: the fate of each channel's bookings is counted and decided first."""

from decimal import Decimal

import pytest

from common.actor import SYSTEM, Actor
from common.errors import NotFoundError
from events.enums import EventStatus
from events.errors import EventStateError
from events.models import Event
from sales import services as sales
from sales import tasks
from sales.cancellation import cancel_event, tally
from sales.cancellation_worker import Round, settle, unfinished
from sales.enums import Fate
from sales.errors import FateMissingError, NotOnSaleError
from sales.models import ChannelSettlement, EventCancellation
from tests.factories import Stage, id_of, make_stage, make_user
from tests.proofs import nothing_changed
from tests.sales.cancellation.cancelling import cancel, event_status, status_of

pytestmark = pytest.mark.django_db


def test_each_channel_is_counted_with_what_is_held_and_what_is_sold_and_not_refunded(
    stage: Stage,
) -> None:
    stage.hold([("Ticket", 2)])
    stage.sell([("Ticket", 3)])
    part = id_of(stage.sell([("Ticket", 5)]))
    sales.cancel(part, by=SYSTEM, reason="ill", lines={1: 1})
    gone = id_of(stage.sell([("Ticket", 7)]))
    sales.cancel(gone, by=SYSTEM, reason="ill")
    stage.sell([("Ticket", 1)], channel="agent")
    web, agent = sorted(tally(stage.event.pk), key=lambda one: one.channel.name == "agent")
    assert (web.holds, web.tickets_held, web.bookings, web.tickets_sold, web.money) == (
        1,
        2,
        2,
        7,
        Decimal("70.00"),
    )
    assert (agent.holds, agent.bookings, agent.tickets_sold) == (0, 1, 1)


def test_a_booking_of_several_lines_is_counted_once() -> None:
    stage = make_stage(items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}})
    stage.sell([("Ticket", 1), ("Pair", 2)])
    stage.hold([("Ticket", 1), ("Pair", 1)])
    (found,) = tally(stage.event.pk)
    assert (found.holds, found.tickets_held, found.bookings, found.tickets_sold) == (1, 2, 1, 3)


def test_the_decision_is_kept_with_who_why_and_what_was_counted(stage: Stage) -> None:
    user = make_user()
    stage.hold([("Ticket", 2)])
    stage.sell([("Ticket", 3)])
    stage.sell([("Ticket", 4)], channel="agent")
    cancelled = cancel(stage, by=Actor.person(user), web=Fate.REFUND, agent=Fate.KEEP)
    cancelled.refresh_from_db()
    assert (cancelled.reason, cancelled.user_id, cancelled.finished_at) == ("Storm", user.pk, None)
    shown = {
        one.channel.name: (one.fate, one.holds, one.bookings, one.tickets_sold, one.money)
        for one in cancelled.settlements.select_related("channel")
    }
    assert shown == {
        "web": (Fate.REFUND, 1, 1, 3, Decimal("30.00")),
        "agent": (Fate.KEEP, 0, 1, 4, Decimal("40.00")),
    }
    record = Event.history.filter(id=stage.event.pk).latest()
    assert (record.status, record.history_change_reason, record.history_user_id) == (
        EventStatus.CANCELLED,
        "Storm",
        user.pk,
    )


def test_a_channel_that_has_sold_needs_a_fate(stage: Stage) -> None:
    stage.sell([("Ticket", 3)])
    stage.sell(channel="agent")
    with nothing_changed(), pytest.raises(FateMissingError) as caught:
        cancel(stage, web=Fate.REFUND)
    assert caught.value.numbers == {"bookings": {"agent": 1}}
    assert event_status(stage) == EventStatus.ON_SALE
    assert not EventCancellation.objects.exists()


def test_holds_alone_need_no_fate(stage: Stage) -> None:
    held = stage.hold()
    cancel(stage)
    assert tasks.settle_cancelled_events() == 1
    assert status_of(held) == "CANCELLED"


def test_a_channel_of_another_venue_is_not_found(stage: Stage) -> None:
    other = make_stage()
    with pytest.raises(NotFoundError):
        cancel_event(
            event_id=stage.event.pk,
            fates={other.channels["web"].pk: Fate.KEEP},
            by=SYSTEM,
            reason="Storm",
        )
    assert event_status(stage) == EventStatus.ON_SALE


def test_a_cancelled_event_is_not_cancelled_again(stage: Stage) -> None:
    stage.sell()
    cancel(stage, web=Fate.KEEP)
    with nothing_changed(), pytest.raises(EventStateError):
        cancel(stage, web=Fate.REFUND)
    assert ChannelSettlement.objects.get().fate == Fate.KEEP


def test_an_event_that_never_sold_is_cancelled_and_done(stage: Stage) -> None:
    cancelled = cancel(stage)
    assert settle(cancelled.pk) == Round(0, None)
    cancelled.refresh_from_db()
    assert cancelled.finished_at is not None
    assert unfinished() == []


def test_nothing_is_sold_held_confirmed_or_extended_any_more(stage: Stage) -> None:
    held = stage.hold()
    cancel(stage)
    for act in (
        stage.sell,
        stage.hold,
        lambda: sales.confirm(held, by=SYSTEM),
        lambda: sales.extend(held, by=SYSTEM, seconds=60),
    ):
        with nothing_changed(), pytest.raises(NotOnSaleError):
            act()
