"""What rules see in the pace of sales: faster or slower than the row's own past."""

from datetime import datetime

import pytest
from django.utils import timezone

from alerts import words
from alerts.enums import Kind, Pace
from alerts.evaluation import stock
from alerts.models import PaceSlot, StockPace
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM
from tests.alerts.staging import (
    HOUR,
    MINUTE,
    look,
    make_rule,
    refund,
    sell_before,
    set_back,
    standing,
    watch_since,
)
from tests.factories import Stage, make_stage

pytestmark = pytest.mark.django_db


def steady(stage: Stage, units: int = 20, hours: int = 30) -> None:
    """The same number sold in each of so many hours before this quarter, all of them watched."""
    watch_since(stage, timezone.now() - (hours + 2) * HOUR)
    for hour in range(1, hours + 1):
        sell_before(stage, units, hour * HOUR + 20 * MINUTE)


def test_faster_than_its_own_past_is_told_with_the_numbers() -> None:
    stage = make_stage(pools={"GA": 2_000})
    make_rule(stage, Kind.VELOCITY)
    steady(stage)
    stage.sell([("Ticket", 90)])
    look()
    (alert,) = standing(Kind.VELOCITY)
    assert alert.details["pace"] == Pace.FASTER
    assert alert.seen == 90
    assert alert.expected is not None
    assert 20 <= alert.expected <= 26  # an hour, and the running quarter
    assert alert.high is not None
    assert alert.low is not None
    assert alert.low <= alert.expected <= alert.high < 90
    assert alert.probability is not None
    assert 0 < alert.probability < 2e-6
    assert words.title(alert) == "web sells faster than usual: GA"
    assert "90 units sold in the last" in words.reason(alert)


def test_slower_is_told_but_not_of_a_channel_that_was_stopped_or_sold_out() -> None:
    quiet, stopped, gone = (make_stage(pools={"GA": size}) for size in (2_000, 2_000, 900))
    for stage in (quiet, stopped, gone):
        make_rule(stage, Kind.VELOCITY)
        steady(stage, units=30)
    stop_selling(target=stopped.channels["web"], reason="Printer", by=SYSTEM)
    now = timezone.now()
    for minutes in range(0, 91, 2):
        stock.evaluate_due(now + minutes * MINUTE)
    alerts = standing(Kind.VELOCITY)
    assert [(alert.event_id, alert.details["pace"]) for alert in alerts] == [
        (quiet.event.pk, Pace.SLOWER)
    ]


def test_few_tickets_are_no_alarm() -> None:
    stage = make_stage()
    make_rule(stage, Kind.VELOCITY, probability=1e-3)
    watch_since(stage, timezone.now() - 60 * HOUR)
    look()
    stage.sell([("Ticket", 4)])
    look(2 * MINUTE)
    assert standing(Kind.VELOCITY) == []
    # By chance neither is likely: what decides is the rule's fewest units.
    stage.sell()
    look(4 * MINUTE)
    assert len(standing(Kind.VELOCITY)) == 1


def test_sales_are_counted_once_into_quarters_of_an_hour() -> None:
    stage = make_stage()
    now = datetime.fromisoformat("2026-03-01T12:07:00+00:00")
    watch_since(stage, now - 5 * HOUR)
    sell_before(stage, 3, 20 * MINUTE, now=now)
    sell_before(stage, 4, 8 * MINUTE, now=now)
    stock.evaluate_due(now)
    sell_before(stage, 5, MINUTE, now=now)
    stock.evaluate_due(now + MINUTE)
    stock.evaluate_due(now + 2 * MINUTE)
    slots = dict(PaceSlot.objects.filter(stock=stage.row()).values_list("slot", "sold"))
    assert {f"{slot:%H:%M}": sold for slot, sold in slots.items()} == {"11:45": 7, "12:00": 5}
    assert StockPace.objects.get(stock=stage.row()).since == now - 5 * HOUR


def test_time_in_which_it_could_not_sell_is_kept() -> None:
    stage = make_stage()
    now = datetime.fromisoformat("2026-03-01T12:07:00+00:00")
    watch_since(stage, now - 5 * HOUR)
    booking = stage.sell([("Ticket", 100)])
    set_back([stage.row().movements.order_by("-version")[0].pk], now)
    stock.evaluate_due(now)
    for minutes in range(2, 20, 2):
        stock.evaluate_due(now + minutes * MINUTE)
    refund(stage, booking.booking_id)
    stock.evaluate_due(now + 20 * MINUTE)
    shut = dict(PaceSlot.objects.values_list("slot", "shut_seconds"))
    assert {f"{slot:%H:%M}": seconds for slot, seconds in shut.items()} == {
        "12:00": 8 * 60,
        "12:15": 12 * 60,
    }
