"""What rules ask for, and what they leave alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.enums import Draws
from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM
from events.enums import EventStatus
from tests.factories import Stage, make_stage, make_user
from tests.offline.selling import unreported
from tests.proofs import assert_reconciled
from transfers import services
from transfers.enums import Need, Origin, TransferStatus
from transfers.models import EventWatch, Transfer, TransferPolicy, TransferRule
from transfers.rules import evaluation
from transfers.rules.candidates import candidates
from transfers.rules.evaluation import evaluate
from transfers.services import Wish

pytestmark = pytest.mark.django_db


def stage(web: int = 90, hotel: int = 30, hours: float = 72) -> Stage:
    """100 each; so many sold at the website and at the hotel."""
    found = make_stage(
        pools={"GA": 200},
        channels=("web", "hotel"),
        give={("GA", "web"): 100, ("GA", "hotel"): 100},
        starts_at=timezone.now() + timedelta(hours=hours),
    )
    sell(found, web, "web")
    sell(found, hotel, "hotel")
    return found


def sell(found: Stage, count: int, channel: str) -> None:
    while count > 0:
        found.sell([("Ticket", min(count, 20))], channel=channel)
        count -= 20


def make_rule(found: Stage, **values: Any) -> TransferRule:
    return TransferRule.objects.create(
        **{"venue": found.event.venue, "name": "90/30", "amount": "UNITS", "value": 10} | values
    )


def fires(found: Stage, now: datetime | None = None) -> list[int]:
    """Units of what the rules would move now."""
    return [one.units for one in candidates([found.event.pk], now or timezone.now())]


@pytest.mark.parametrize(
    ("web", "hotel", "moved"),
    [(90, 29, True), (89, 29, False), (90, 30, False), (100, 0, True)],
)
def test_it_fires_at_the_limits_and_not_beside_them(web: int, hotel: int, *, moved: bool) -> None:
    found = stage(web, hotel)
    make_rule(found)
    made = evaluate(timezone.now())
    assert [(one.status, one.moved) for one in made] == ([("EXECUTED", 10)] if moved else [])
    assert found.counters().quantity == (110 if moved else 100)
    assert_reconciled()


def test_a_source_that_reports_late_may_have_sold_the_most_that_is_estimated() -> None:
    found = stage(92, 21)
    make_rule(found, amount="PERCENT", value=100)
    unreported(found, "hotel", about=5, high=9)  # 30 % are sold, perhaps
    assert fires(found) == []
    unreported(found, "hotel", about=5, high=8, at_risk=7)
    assert fires(found) == [100 - 21 - 7]
    transfer = evaluate(timezone.now())[0]
    assert transfer.reason == (
        "web has sold 92 % of its part and hotel 29 %, with 8 that it may have sold and not reported yet (rule “90/30”)."
    )
    assert transfer.evidence["source"]["sell_through"] == 21
    assert transfer.evidence["source"]["unreported"]["high"] == 8
    assert "unreported" not in transfer.evidence["target"]


def test_nothing_is_taken_from_a_channel_of_which_nobody_can_tell_what_it_has_sold() -> None:
    found = stage(92, 21)
    make_rule(found)
    unreported(found, "hotel", about=None, low=None, high=None, at_risk=0)
    assert fires(found) == []


def test_a_target_that_reports_late_has_sold_what_it_has_reported() -> None:
    found = stage(89, 20)
    make_rule(found)
    unreported(found, about=5, high=9)
    assert fires(found) == []


def test_it_says_why_in_words_and_numbers() -> None:
    found = stage(92, 21)
    rule = make_rule(found)
    transfer = evaluate(timezone.now())[0]
    transfer.refresh_from_db()
    assert transfer.reason == "web has sold 92 % of its part and hotel 21 % (rule “90/30”)."
    assert (transfer.rule, transfer.rule_version, transfer.origin) == (rule, 1, Origin.RULE)
    assert transfer.evidence["rule"] == {
        "name": "90/30",
        "version": 1,
        "source_below": 30.0,
        "target_at_least": 90.0,
    }
    assert transfer.evidence["source"]["sell_through"] == 21.0
    assert transfer.outcome["target"]["quantity_after"] == 110


def test_near_the_start_it_waits_and_is_not_asked_twice() -> None:
    found = stage(90, 20, hours=47)
    make_rule(found, cooldown_minutes=0)
    now = timezone.now()
    (transfer,) = evaluate(now)
    assert (transfer.status, transfer.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
    assert evaluate(now + timedelta(minutes=5)) == []
    assert found.counters().quantity == 100
    services.approve([transfer.pk], by=make_user(), note="Yes", now=timezone.now())
    assert found.counters().quantity == 110


@pytest.mark.parametrize(
    ("values", "units"),
    [
        ({"value": 25}, 25),
        ({"amount": "PERCENT", "value": 50}, 40),
        # 90 * 200 / 110 - 100 = 63, but half of the 80 unsold at most
        ({"amount": "EQUALIZE", "value": None}, 40),
        ({"value": 500}, 80),
        ({"value": 500, "keeps": 30}, 50),
        ({"value": 500, "max_per_run": 7}, 7),
        ({"value": 500, "max_per_day": 9}, 9),
        ({"keeps": 80}, None),
        ({"starts_hours": 71}, None),
        ({"starts_hours": 73}, 10),
        ({"stops_hours": 73}, None),
        ({"stops_hours": 71}, 10),
        ({"is_active": False}, None),
        ({"source_below": 20}, None),
        ({"target_at_least": 91}, None),
    ],
)
def test_its_terms(values: dict[str, Any], units: int | None) -> None:
    found = stage(90, 20)
    make_rule(found, **values)
    assert fires(found) == ([units] if units else [])


def test_both_have_sold_the_same_share_afterwards() -> None:
    found = stage(95, 60)
    make_rule(found, amount="EQUALIZE", value=None, source_below=70)
    evaluate(timezone.now())
    # 95 * 200 / 155 - 100 = 22: 95 of 122 and 60 of 78 are 77.9 % and 76.9 %.
    # Half of the 40 unsold is less.
    assert found.counters().quantity == 120


def test_a_day_has_a_most_and_begins_anew() -> None:
    found = stage(100, 0)
    make_rule(found, max_per_day=15, cooldown_minutes=0, target_at_least=85)
    now = timezone.now()
    assert [one.units for one in evaluate(now)] == [10]
    assert [one.units for one in evaluate(now + timedelta(minutes=2))] == [5]
    assert evaluate(now + timedelta(minutes=4)) == []
    assert fires(found, now + timedelta(hours=24, minutes=1)) == [10]


def test_after_a_transfer_it_pauses() -> None:
    found = stage(100, 0)
    make_rule(found, target_at_least=50)
    now = timezone.now()
    assert len(evaluate(now)) == 1
    assert fires(found, now + timedelta(minutes=59)) == []
    assert fires(found, now + timedelta(minutes=61)) == [10]


def test_the_way_back_needs_more() -> None:
    found = stage(0, 0)
    make_rule(found, cooldown_minutes=0, source_below=40, target_at_least=60, value=20)
    sell(found, 60, "web")
    now = timezone.now()
    assert len(evaluate(now)) == 1  # hotel 80, web 120
    # Now the hotel sells: 67 % of 80, and the website gives tickets back: 36 % of 120.
    sell(found, 54, "hotel")
    TransferRule.objects.update(source_below=52)
    assert fires(found, now + timedelta(minutes=5)) == []
    TransferRule.objects.update(hysteresis=0)
    assert fires(found, now + timedelta(minutes=5)) == [20]
    TransferRule.objects.update(hysteresis=8)  # 60 + 8 > 67.5
    assert fires(found, now + timedelta(minutes=5)) == []


def test_trials_write_down_and_stand_in_nobodys_way() -> None:
    found = stage(90, 20)
    make_rule(found, is_trial=True, value=5)
    now = timezone.now()
    assert [(one.status, one.units) for one in evaluate(now)] == [("TRIAL", 5)]
    assert found.counters().quantity == 100
    assert evaluate(now + timedelta(minutes=2)) == []  # the trial pauses too
    make_rule(found, name="For real")
    assert [one.status for one in evaluate(now + timedelta(minutes=4))] == ["EXECUTED"]


def test_what_a_trial_has_seen_does_not_count_for_the_rule_itself() -> None:
    found = stage(90, 20)
    rule = make_rule(found, is_trial=True, max_per_day=10)
    now = timezone.now()
    assert len(evaluate(now)) == 1
    rule.is_trial = False
    rule.save()
    assert [one.status for one in evaluate(now + timedelta(minutes=1))] == ["EXECUTED"]


def test_a_trial_without_a_pause_writes_once_an_hour() -> None:
    found = stage(90, 20)
    make_rule(found, is_trial=True, cooldown_minutes=0)
    now = timezone.now()
    assert len(evaluate(now)) == 1
    assert fires(found, now + timedelta(minutes=59)) == []
    assert fires(found, now + timedelta(minutes=61)) == [10]


def test_the_pause_runs_from_the_decision() -> None:
    found = stage(90, 20, hours=47)
    make_rule(found)
    now = timezone.now()
    (asked,) = evaluate(now)
    services.reject([asked.pk], by=make_user(), note="No", now=now + timedelta(hours=2))
    assert fires(found, now + timedelta(hours=2, minutes=59)) == []
    assert fires(found, now + timedelta(hours=3, minutes=1)) == [10]


def test_it_ends_with_the_events_day_at_the_venue() -> None:
    found = stage(90, 20, hours=2)
    make_rule(found)
    found.event.starts_at = found.event.starts_at.replace(hour=18)
    found.event.save()
    close = found.event.sales_close
    assert evaluate(close) == []
    assert len(evaluate(close - timedelta(seconds=1))) == 1


def test_an_events_own_rule_comes_first() -> None:
    found = stage(90, 20)
    make_rule(found)
    make_rule(found, name="Own", event=found.event, value=3)
    assert fires(found) == [3]


def test_only_channels_that_it_names() -> None:
    found = stage(90, 20)
    rule = make_rule(found)
    rule.sources.add(found.channels["web"])
    assert fires(found) == []
    rule.sources.set([found.channels["hotel"]])
    rule.targets.set([found.channels["web"]])
    assert fires(found) == [10]
    TransferPolicy.objects.get(venue=found.event.venue).protected.add(found.channels["hotel"])
    assert fires(found) == []


def plan(found: Stage, hotel: Line) -> None:
    spec = PlanSpec(
        lines=[
            Line(channel_id=found.channels["web"].pk, units=100, draws=Draws.NONE),
            hotel,
        ]
    )
    plans.apply_plan(
        pool=found.pools["GA"], spec=spec, by=SYSTEM, reason="Plan", now=timezone.now()
    )


@pytest.mark.parametrize(
    ("terms", "moved"),
    [({}, None), ({"is_dynamic": True}, 80), ({"is_dynamic": True, "floor": 60}, 40)],
)
def test_a_plans_part_is_its_channels_alone_unless_it_is_dynamic(
    terms: dict[str, Any], moved: int | None
) -> None:
    found = stage(90, 20)
    plan(found, Line(channel_id=found.channels["hotel"].pk, units=100, **terms))
    make_rule(found, value=500)
    assert fires(found) == ([moved] if moved else [])


def test_nothing_goes_to_a_channel_that_cannot_sell() -> None:
    found = stage(90, 20)
    make_rule(found)
    listing = found.listing()
    listing.stop_reason = "Refund trouble"
    listing.save()
    assert fires(found) == []


def test_it_looks_again_when_stock_has_moved_and_once_a_minute() -> None:
    found = stage(80, 20)
    make_rule(found)
    now = timezone.now()
    evaluate(now)
    watch = EventWatch.objects.get(event=found.event)
    assert watch.looked_at == now
    evaluate(now + timedelta(seconds=5))
    watch.refresh_from_db()
    assert watch.looked_at == now  # nothing has moved
    sell(found, 10, "web")
    evaluate(now + timedelta(milliseconds=500))
    watch.refresh_from_db()
    assert watch.looked_at == now  # too soon: sales of a rush are looked at together
    assert len(evaluate(now + timedelta(seconds=6))) == 1
    watch.refresh_from_db()
    assert watch.looked_at == now + timedelta(seconds=6)
    evaluate(now + timedelta(seconds=7))  # our own transfer has moved stock
    evaluate(now + timedelta(seconds=66))
    watch.refresh_from_db()
    assert watch.looked_at == now + timedelta(seconds=7)
    evaluate(now + timedelta(seconds=68))
    watch.refresh_from_db()
    assert watch.looked_at == now + timedelta(seconds=68)


@pytest.mark.parametrize(
    "values", [{"status": EventStatus.PAUSED}, {"stop_reason": "Storm"}, {"sales_until": "past"}]
)
def test_what_is_not_sold_is_left_alone(values: dict[str, Any]) -> None:
    found = stage(90, 20)
    make_rule(found)
    for name, value in values.items():
        past = timezone.now() - timedelta(hours=1)
        setattr(found.event, name, past if value == "past" else value)
    found.event.save()
    assert evaluate(timezone.now()) == []


def test_after_a_rejection_it_does_not_ask_at_once_again() -> None:
    found = stage(90, 20, hours=47)
    make_rule(found)
    now = timezone.now()
    (asked,) = evaluate(now)
    services.reject([asked.pk], by=make_user(), note="Not now", now=now)
    assert fires(found, now + timedelta(minutes=59)) == []
    assert fires(found, now + timedelta(minutes=61)) == [10]


def test_a_persons_transfer_makes_it_pause_too() -> None:
    found = stage(90, 20)
    make_rule(found)
    wish = Wish(found.row().pk, found.row(channel="hotel").pk, 1, "By hand")
    services.request(wish, by=SYSTEM, now=timezone.now())
    assert fires(found) == []


def test_more_than_fit_one_round_follow_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_AT_ONCE", 2)
    for _ in range(3):
        make_rule(stage(18, 2), source_below=5, target_at_least=15)
    now = timezone.now()
    assert len(evaluate(now)) == 2
    assert len(evaluate(now)) == 1
    assert evaluate(now) == []
    assert Transfer.objects.filter(status="EXECUTED").count() == 3


def statements(now: datetime, expected: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        made = evaluate(now)
    assert len(made) == expected
    assert {one.status for one in made} <= {"EXECUTED", "REQUESTED"}
    return len(found)


def test_statements_do_not_grow_with_events() -> None:
    def more(count: int) -> None:
        for number in range(count):
            one = stage(18, 2, hours=47 if number % 2 else 72)
            make_rule(one, source_below=5, target_at_least=15, value=1)

    now = timezone.now()
    more(2)
    few = statements(now, 2)
    Transfer.objects.exclude(status="EXECUTED").update(status="LAPSED", ended_at=now)
    more(6)
    assert statements(now + timedelta(seconds=2), 6) == few
