"""Unsold stock of dynamic plans follows its demand, by transfers that say why."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import services as allocations
from common.actor import SYSTEM
from events.models import Event, Series
from tests.factories import make_user
from tests.offline.selling import unreported
from tests.proofs import assert_reconciled
from tests.transfers.dynamic_stage import FLOOR, at, busy, sell, stage
from transfers import services
from transfers.dynamic.reading import dynamic_pools
from transfers.dynamic.rebalancing import rebalance
from transfers.enums import Need, Origin, TransferStatus
from transfers.models import Transfer, TransferPolicy, TransferRule
from transfers.rules.evaluation import evaluate

pytestmark = pytest.mark.django_db


def test_a_fast_channel_gets_what_a_slow_one_will_not_sell() -> None:
    found = stage()
    busy(found)
    (transfer,) = rebalance(timezone.now())
    transfer.refresh_from_db()
    assert (transfer.status, transfer.origin) == (TransferStatus.EXECUTED, Origin.DYNAMIC)
    assert transfer.source == found.row(channel="hotel")
    assert transfer.target == found.row()
    assert transfer.moved == found.counters().quantity - 100
    assert 30 < transfer.moved <= 76  # no more than the hotel has above its floor
    assert "web is expected to sell" in transfer.reason
    assert "hotel is expected to sell" in transfer.reason
    expected = transfer.evidence["forecast"]
    assert expected["target"]["units"] > 5 * expected["source"]["units"]
    assert expected["target"]["floor"] == FLOOR
    assert_reconciled()


def test_what_a_giver_may_have_sold_and_not_reported_stays_with_it() -> None:
    found = stage()
    busy(found)
    unreported(found, "hotel", about=50, high=70)
    (transfer,) = rebalance(timezone.now())
    assert 5 <= transfer.units < 96 - 70  # what it is expected to sell besides stays too
    assert ", of which it may have sold 70 and not reported them yet" in transfer.reason
    assert transfer.evidence["source"]["unreported"]["about"] == 50


def test_nothing_moves_from_a_giver_of_which_nobody_can_tell_what_it_has_sold() -> None:
    found = stage()
    busy(found)
    unreported(found, "hotel", about=None, low=None, high=None, at_risk=0)
    assert rebalance(timezone.now()) == []


def test_it_does_not_look_again_for_five_minutes_nor_move_again_for_an_hour() -> None:
    found = stage()
    busy(found)
    now = timezone.now()
    assert len(rebalance(now)) == 1
    assert rebalance(now + timedelta(minutes=4)) == []
    assert rebalance(now + timedelta(minutes=6)) == []
    assert Transfer.objects.count() == 1


def test_where_both_sell_alike_nothing_moves() -> None:
    found = stage()
    for day in range(3, -1, -1):
        for channel in ("web", "hotel"):
            sell(found, 10, channel, 24 * day + 3)
    assert rebalance(timezone.now()) == []


def test_a_part_that_is_not_dynamic_stays() -> None:
    found = stage(is_dynamic=False)
    busy(found)
    assert rebalance(timezone.now()) == []


def test_a_protected_channel_keeps_its_units() -> None:
    found = stage()
    busy(found)
    TransferPolicy.objects.get(venue=found.event.venue).protected.add(found.channels["hotel"])
    assert rebalance(timezone.now()) == []


def test_a_protected_channel_that_drew_is_not_taken_for_one_below_its_floor() -> None:
    found = stage()
    busy(found)
    with at(timezone.now() - timedelta(hours=30)), transaction.atomic():
        allocations.set_capacity(pool=found.pools["GA"], capacity=220, by=SYSTEM, reason="More")
    found.draw("web")
    sell(found, 36, "web", 1)  # it has sold 116: 16 are drawn
    assert found.counters().drawn == 16
    TransferPolicy.objects.get(venue=found.event.venue).protected.add(found.channels["web"])
    (transfer,) = rebalance(timezone.now())
    assert transfer.target == found.row()
    assert "below its floor" not in transfer.reason


def test_a_rules_request_that_waits_keeps_its_pool_and_no_other() -> None:
    found, other = stage(hours=47), stage()
    busy(found)
    busy(other)
    TransferRule.objects.create(
        venue=found.event.venue, name="Rule", source_below=5, target_at_least=60
    )
    assert len(evaluate(timezone.now())) == 1
    (moved,) = rebalance(timezone.now())
    assert moved.event == other.event


def test_a_channel_that_cannot_sell_gets_nothing() -> None:
    found = stage()
    busy(found)
    listing = found.listing()
    listing.is_on = False
    listing.save()
    assert all(one.target != found.row() for one in rebalance(timezone.now()))


def test_a_stopped_channel_gets_nothing() -> None:
    found = stage()
    busy(found)
    found.channels["web"].stop_reason = "No contract"
    found.channels["web"].save()
    assert all(one.target != found.row() for one in rebalance(timezone.now()))


def test_near_the_start_it_waits_for_a_person_and_asks_no_more_meanwhile() -> None:
    found = stage(hours=47)
    busy(found)
    now = timezone.now()
    (transfer,) = rebalance(now)
    assert (transfer.status, transfer.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
    assert rebalance(now + timedelta(hours=2)) == []
    services.approve([transfer.pk], by=make_user(), note="Yes", now=now)
    assert found.counters().quantity == 100 + transfer.units


def test_hours_without_stock_do_not_make_a_channel_slow() -> None:
    """The website sold out in a day; then it had nothing to sell for three."""
    found = stage()
    sell(found, 20, "web", 80)
    sell(found, 80, "web", 76)
    for day in range(3, -1, -1):
        sell(found, 3, "hotel", 24 * day + 2)
    (pool,) = dynamic_pools({found.event.pk: found.event}, timezone.now())
    web = next(row for row in pool.rows if row.channel_id == found.channels["web"].pk)
    # In the 20 hours in which it had tickets it sold five an hour.
    assert web.forecast.velocity > 2
    (transfer,) = rebalance(timezone.now())
    assert transfer.target == found.row()


def test_past_dates_of_the_series_give_the_pace() -> None:
    found, past = stage(), stage()
    series = Series.objects.create(venue=found.event.venue, name="Nights")
    sell(past, 20, "web", 80)
    sell(past, 60, "web", 3)  # it sells at the last moment
    # Only now: in the first hour of the venue's day, sales of what began an hour ago ended at midnight.
    Event.objects.filter(pk=past.event.pk).update(
        series=series, starts_at=timezone.now() - timedelta(hours=1)
    )
    Event.objects.filter(pk=found.event.pk).update(series=series)
    found.event.refresh_from_db()
    busy(found)
    (pool,) = dynamic_pools({found.event.pk: found.event}, timezone.now())
    assert all(row.forecast.lift > 1.2 for row in pool.rows)


def test_statements_do_not_grow_with_events() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            made = rebalance(timezone.now())
        assert made
        return len(asked)

    busy(stage())
    few = statements()
    for _ in range(3):
        busy(stage())
    assert statements() == few
