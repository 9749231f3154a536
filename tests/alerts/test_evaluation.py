"""What rules see in events on sale: when an alert begins, when it ends, and that it is one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import words
from alerts.enums import AlertStatus, Kind, Per, Severity, Step, Unit
from alerts.evaluation import stock
from alerts.models import Alert, AlertRule
from events.enums import EventStatus
from tests.alerts.staging import (
    MINUTE,
    look,
    make_rule,
    refund,
    standing,
    venue_rule,
)
from tests.factories import Stage, make_stage
from tests.offline.selling import report, sale, unreported

pytestmark = pytest.mark.django_db


# --- Low stock ------------------------------------------------------------------------------


def test_low_stock_begins_below_the_threshold_and_not_at_it() -> None:
    stage = make_stage()
    make_rule(stage, severity=Severity.CRITICAL)
    stage.sell([("Ticket", 50)])
    look()
    assert standing() == []
    stage.sell()
    (alert,) = look()
    assert (alert.seen, alert.threshold, alert.severity) == (49, 50, Severity.CRITICAL)
    assert alert.steps.get().step == Step.OPENED
    assert words.title(alert) == "web: 49 units left of GA"
    assert words.reason(alert) == ("49 of 100 can still be sold (49 %); the limit is 50 units.")


def test_however_often_it_is_looked_at_it_is_one_alert() -> None:
    stage = make_stage()
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    for minutes in range(5):
        look(minutes * 2 * MINUTE)
        stage.sell()
    (alert,) = standing()
    assert (alert.seen, alert.latest) == (40, 36)


def test_it_ends_only_past_the_hysteresis_and_begins_again_below_the_threshold() -> None:
    stage = make_stage()
    make_rule(stage, hysteresis=5)
    bookings = [stage.sell([("Ticket", units)]) for units in (50, 1, 3, 5)]
    look()
    (first,) = standing()
    refund(stage, bookings[3].booking_id)  # 46 left
    refund(stage, bookings[2].booking_id)  # 49
    refund(stage, bookings[1].booking_id)  # 50: at the threshold, and not past it by 5
    look()
    first.refresh_from_db()
    assert (first.status, first.latest) == (AlertStatus.OPEN, 50)
    refund(stage, bookings[0].booking_id)  # 100
    look()
    first.refresh_from_db()
    assert first.status == AlertStatus.RESOLVED
    assert first.steps.get(step=Step.RESOLVED).note == "What it tells of has ended."
    stage.sell([("Ticket", 51)])
    look()
    (second,) = standing()
    assert second.pk != first.pk


def test_after_it_has_ended_it_pauses() -> None:
    stage = make_stage()
    make_rule(stage, cooldown_minutes=30)
    booking = stage.sell([("Ticket", 60)])
    look()
    refund(stage, booking.booking_id)
    look()
    assert standing() == []
    stage.sell([("Ticket", 60)])
    look()
    assert standing() == []
    look(31 * MINUTE)
    assert len(standing()) == 1


def test_percent_counts_what_a_channel_may_draw() -> None:
    stage = make_stage(give={("GA", "web"): 20})
    make_rule(stage, unit=Unit.PERCENT, threshold=10)
    stage.draw()
    stage.sell([("Ticket", 90)])
    look()
    assert standing() == []  # 10 of 100 are left: 10 %
    stage.sell()
    look()
    (alert,) = standing()
    assert (alert.seen, alert.details["left"], alert.details["all"]) == (9, 9, 100)


def test_a_pool_and_an_item_are_counted_as_a_whole() -> None:
    stage = make_stage(
        pools={"GA": 100, "Car park": 10},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 2, "Car park": 1}},
        channels=("web", "hotel"),
        give={("GA", "web"): 50, ("GA", "hotel"): 40, ("Car park", "web"): 10},
    )
    make_rule(stage, per=Per.POOL, name="Pool", threshold=60)
    make_rule(stage, per=Per.ITEM, name="Item", threshold=10)
    stage.sell([("Ticket", 40)])
    stage.sell([("Bundle", 1)])
    look()
    found = {alert.subject: alert for alert in standing()}
    pool, item = f"pool:{stage.pools['GA'].pk}", f"item:{stage.items['Bundle'].pk}"
    # 58 of the pool, and the car park has nine places: nine bundles.
    assert {subject: alert.seen for subject, alert in found.items()} == {
        pool: 58,
        f"pool:{stage.pools['Car park'].pk}": 9,
        item: 9,
    }
    assert words.title(found[item]) == "Bundle: 9 items left"


# --- Which rules speak ----------------------------------------------------------------------


def test_a_new_event_of_an_untouched_set_up_warns() -> None:
    stage = make_stage()
    stage.sell([("Ticket", 96)])
    look()
    assert {alert.rule.name for alert in standing() if alert.rule} == {
        "Channel nearly sold out",
        "Pool nearly sold out",
    }


def test_an_events_own_rule_takes_the_place_of_its_venues_even_when_it_is_off() -> None:
    stage = make_stage()
    make_rule(stage, is_active=False)
    stage.sell([("Ticket", 99)])
    look()
    assert standing() == []


def test_rules_of_another_venue_and_event_say_nothing() -> None:
    stage, other = make_stage(), make_stage()
    make_rule(other, threshold=100)
    look()
    assert standing() == []
    stage.sell([("Ticket", 20)])
    other.sell()
    look()
    assert [alert.event for alert in standing()] == [other.event]


def test_what_is_watched_no_longer_ends() -> None:
    stage = make_stage()
    rule = make_rule(stage)
    stage.sell([("Ticket", 60)])
    look()
    rule.is_active = False
    rule.save()
    look(2 * MINUTE)
    alert = Alert.objects.get(rule=rule)
    assert alert.status == AlertStatus.RESOLVED


def test_alerts_end_with_the_sale() -> None:
    stage = make_stage()
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    look()
    assert stock.end_unwatched(timezone.now()) == 0
    assert stock.end_unwatched(timezone.now() + timedelta(days=32)) == 1
    assert standing() == []


def test_nothing_is_looked_at_before_it_moves_or_a_minute_has_passed() -> None:
    stage = make_stage()
    now = timezone.now()
    stock.evaluate_due(now)
    make_rule(stage)
    stage.sell([("Ticket", 10)])
    with CaptureQueriesContext(connection) as asked:
        assert stock.evaluate_due(now + timedelta(seconds=1)) == []
    busy = len(asked)
    with CaptureQueriesContext(connection) as asked:
        stock.evaluate_due(now + timedelta(seconds=2))
    assert len(asked) < busy
    assert len(asked) <= 4  # begins and commits among them


# --- Oversell risk and gaps -----------------------------------------------------------------


def test_oversell_risk_counts_holds_and_sales_of_all_channels() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "web"): 50, ("GA", "hotel"): 50})
    make_rule(stage, Kind.OVERSELL_RISK, hysteresis=2)
    stage.sell([("Ticket", 50)])
    stage.hold([("Ticket", 44)], channel="hotel")
    look()
    assert standing(Kind.OVERSELL_RISK) == []
    booking = stage.sell(channel="hotel")
    look()
    (alert,) = standing(Kind.OVERSELL_RISK)
    assert (alert.seen, alert.details) == (
        95,
        {
            "committed": 95,
            "capacity": 100,
            "in_conflict": 0,
            "unreported_about": 0,
            "unreported_at_most": 0,
            "pool": "GA",
        },
    )
    refund(stage, booking.booking_id)
    look()
    assert len(standing(Kind.OVERSELL_RISK)) == 1  # 94 %


def test_what_was_sold_late_without_stock_is_committed_too() -> None:
    stage = make_stage(pools={"GA": 10, "Lot": 10}, items={"Pair": {"GA": 2, "Lot": 1}})
    make_rule(stage, Kind.OVERSELL_RISK, threshold=100)
    stage.sell([("Pair", 4)])
    look()
    assert standing(Kind.OVERSELL_RISK) == []
    report(stage, [sale(stage, "A", 3, item="Pair")])
    look(MINUTE)  # no stock has moved
    (alert,) = standing(Kind.OVERSELL_RISK)
    assert (alert.pool, alert.seen) == (stage.pools["GA"], 140)
    assert words.reason(alert) == (
        "14 of a capacity of 10 are sold or held, over all channels, with 6 that were sold late and have no "
        "stock; the limit is 100 %."
    )


def test_the_most_that_may_be_sold_and_is_not_reported_is_committed_too() -> None:
    stage = make_stage(pools={"GA": 100}, give={("GA", "web"): 60})
    make_rule(stage, Kind.OVERSELL_RISK, threshold=40)
    stage.sell([("Ticket", 10)])
    unreported(stage, about=18, high=31, at_risk=29)
    look()
    assert (
        standing(Kind.OVERSELL_RISK) == []
    )  # 39 %: of 31 two are of a lease, which is held already
    unreported(stage, about=18, high=33, at_risk=31)
    look(MINUTE)
    (alert,) = standing(Kind.OVERSELL_RISK)
    assert alert.seen == 41
    assert words.reason(alert) == (
        "41 of a capacity of 100 are sold or held, over all channels, with at most 31 (about 16) that channels may "
        "have sold and not reported yet; the limit is 40 %."
    )


def test_a_gap_names_both_channels_with_their_numbers() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "web"): 50, ("GA", "hotel"): 50})
    make_rule(stage, Kind.SELL_THROUGH_GAP)
    stage.sell([("Ticket", 39)])
    stage.sell([("Ticket", 10)], channel="hotel")
    look()
    assert standing(Kind.SELL_THROUGH_GAP) == []
    stage.sell()
    look()
    (alert,) = standing(Kind.SELL_THROUGH_GAP)
    assert words.title(alert) == "GA: web has sold 80 %, hotel 20 %"
    assert words.reason(alert) == (
        "web has sold 40 of its 50 units (80 %), hotel has sold 10 of its 50 units (20 %). "
        "Told from 80 % against 20 %."
    )


# --- Cost -----------------------------------------------------------------------------------


def test_the_number_of_statements_depends_on_nothing() -> None:
    def cost(stages: list[Stage]) -> int:
        for stage in stages:
            stage.sell([("Ticket", 96)])
        with CaptureQueriesContext(connection) as asked:
            begun = stock.evaluate_due(timezone.now())
        assert len(begun) >= 2 * len(stages)
        return len(asked)

    few = cost([make_stage()])
    assert cost([make_stage() for _ in range(5)]) == few
    assert AlertRule.objects.count() >= 6 * 9


def test_an_event_that_is_paused_is_left_as_it_is() -> None:
    stage = make_stage()
    make_rule(stage)
    stage.sell([("Ticket", 60)])
    look()
    stage.event.status = EventStatus.PAUSED
    stage.event.save()
    assert stock.end_unwatched(timezone.now()) == 0
    assert look(2 * MINUTE) == []
    assert len(standing()) == 1
    assert venue_rule(stage, Kind.LOW_STOCK).alerts.count() == 0
