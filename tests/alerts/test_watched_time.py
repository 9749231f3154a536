"""For velocity only that time counts in which a channel could sell something, and in which somebody looked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from alerts.enums import Kind
from alerts.evaluation import stock
from alerts.models import Alert, PaceHistory, PaceSlot, StockPace
from allocations.models import Listing, SalesChannel, Stock
from allocations.sellable import sellable
from allocations.setup import EventSetup
from common.actor import SYSTEM
from events.enums import EventStatus, ItemKind
from events.models import Event, Item
from sales import limits
from sales.rules import event_refusal, item_refusal
from tests.alerts.staging import make_rule, standing, watch_since
from tests.factories import Stage, make_stage
from tests.proofs import execute

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = datetime(2026, 12, 5, 6, 30, tzinfo=UTC)  # at the venue
FORENOON = NOON - 2 * HOUR


def watch(begin: datetime, minutes: float, step: float = 2) -> list[Alert]:
    """Look every other minute; all that has begun."""
    begun = []
    passed = 0.0
    while passed <= minutes:
        begun += stock.evaluate_due(begin + passed * MINUTE)
        passed += step
    return begun


def sell_at(stage: Stage, units: int, at: datetime) -> None:
    stage.sell([("Ticket", units)])
    last = stage.row().movements.order_by("-version").values_list("pk", flat=True)[0]
    execute("ALTER TABLE allocations_movement DISABLE TRIGGER USER")
    execute("UPDATE allocations_movement SET at = %s WHERE id = %s", at, last)
    execute("ALTER TABLE allocations_movement ENABLE TRIGGER USER")


def draws_only(**terms: Any) -> Stage:
    stage = make_stage(give={})
    stage.draw(**terms)
    return stage


def test_a_channel_that_only_draws_is_not_fast_with_the_fifth_ticket_of_a_new_event() -> None:
    stage = draws_only()
    make_rule(stage, Kind.VELOCITY, probability=1e-3)
    now = timezone.now()
    watch(now, 2)
    sell_at(stage, 5, now + 3 * MINUTE)
    assert watch(now + 4 * MINUTE, 4) == []
    assert StockPace.objects.get().since == now
    # The control: had it been seen to be open for two days without a sale, five would be fast.
    StockPace.objects.update(since=now - 48 * HOUR)
    PaceHistory.objects.all().delete()
    watch(now + 9 * MINUTE, 2)
    assert len(standing(Kind.VELOCITY)) == 1


def test_what_was_sold_and_sold_out_before_the_first_look_is_not_judged() -> None:
    stage = make_stage()
    make_rule(stage, Kind.VELOCITY, probability=1e-3)
    now = timezone.now()
    sell_at(stage, 100, now - 30 * HOUR)
    watch(now, 2)
    pace = StockPace.objects.get()
    assert (pace.since, pace.shut_since) == (now, now)
    # It is known for pictures, and left out of what velocity is judged by.
    assert list(PaceSlot.objects.values_list("sold", "unwatched")) == [(100, 100)]


def test_time_in_which_nobody_looked_counts_for_nothing_nor_what_was_sold_in_it() -> None:
    stage = make_stage(pools={"GA": 1_000})
    watch_since(stage, FORENOON - HOUR)
    sell_at(stage, 3, FORENOON - 20 * MINUTE)
    stock.evaluate_due(FORENOON)
    Event.objects.update(status=EventStatus.PAUSED)
    assert stock.evaluate_due(FORENOON + 10 * MINUTE) == []
    sell_late = FORENOON + 40 * MINUTE
    Event.objects.update(status=EventStatus.ON_SALE)
    sell_at(stage, 7, sell_late)
    stock.evaluate_due(FORENOON + 45 * MINUTE)
    sell_at(stage, 2, FORENOON + 46 * MINUTE)
    stock.evaluate_due(FORENOON + 47 * MINUTE)
    columns = ("slot", "sold", "unwatched", "shut_seconds")
    slots = PaceSlot.objects.order_by("slot").values_list(*columns)
    assert [(f"{slot:%H:%M}", *numbers) for slot, *numbers in slots] == [
        ("04:00", 3, 0, 0),
        ("04:30", 0, 0, 900),
        ("04:45", 0, 0, 900),
        ("05:00", 7, 7, 900),
        ("05:15", 2, 0, 0),
    ]


def test_a_tier_that_opens_later_has_no_past_before_it() -> None:
    opens = FORENOON + 30 * MINUTE
    stage = draws_only(draws_from=opens)
    watch(FORENOON, 32, step=1)
    pace = StockPace.objects.get()
    assert pace.shut_since is None
    shut = PaceSlot.objects.values_list("shut_seconds", flat=True)
    assert list(shut) == [900, 900]
    assert stage.counters().quantity == 0


# --- What "can sell" means ---------------------------------------------------------------------


def of(model: type, **values: object) -> Callable[[Stage], None]:
    return lambda _stage: model.objects.all().update(**values)  # type: ignore[attr-defined]


def sold(units: int, item: str = "Ticket") -> Callable[[Stage], None]:
    def sell(stage: Stage) -> None:
        stage.sell([(item, units)])

    return sell


def _only(stage: Stage, item: str) -> None:
    Listing.objects.update(is_on=False)
    Listing.objects.filter(item=stage.items[item]).update(is_on=True)


def _listing_limit(stage: Stage) -> None:
    limits.set_listing_limit(listing=stage.listing(), limit=3, by=SYSTEM, reason="test")
    _only(stage, "Ticket")


def _item_limit(stage: Stage) -> None:
    limits.set_item_limit(item=stage.items["Ticket"], limit=3, by=SYSTEM, reason="test")
    _only(stage, "Ticket")


def _same_day(stage: Stage) -> None:
    Item.objects.update(kind=ItemKind.SAME_DAY)
    Event.objects.update(starts_at=NOON + 9 * HOUR)


def _same_day_of_tomorrow(stage: Stage) -> None:
    _same_day(stage)
    Event.objects.update(starts_at=NOON + 24 * HOUR)


def _drawing(**terms: object) -> Callable[[Stage], None]:
    def set_up(stage: Stage) -> None:
        Stock.objects.filter(kind="CHANNEL").update(
            draws_on=stage.open_row(), **{"draws_from": None, "draws_until": None, **terms}
        )

    return set_up


CASES: dict[str, tuple[list[Callable[[Stage], None]], bool]] = {
    "open": ([], True),
    "paused": ([of(Event, status=EventStatus.PAUSED)], False),
    "draft": ([of(Event, status=EventStatus.DRAFT)], False),
    "event stopped": ([of(Event, stop_reason="x")], False),
    "channel stopped": ([of(SalesChannel, stop_reason="x")], False),
    "item stopped": ([of(Item, stop_reason="x")], False),
    "listing stopped": ([of(Listing, stop_reason="x")], False),
    "listing off": ([of(Listing, is_on=False)], False),
    "begins now": ([of(Listing, sales_from=NOON)], True),
    "begins in a second": ([of(Item, sales_from=NOON + timedelta(seconds=1))], False),
    "ends now": ([of(Listing, sales_until=NOON)], False),
    "sales of the event end now": ([of(Event, sales_until=NOON)], False),
    "sales of the event have not begun": ([of(Event, sales_from=NOON + MINUTE)], False),
    "same day, today": ([_same_day], True),
    "same day, tomorrow": ([_same_day_of_tomorrow], False),
    "sold out": ([sold(40)], False),
    "one left": ([sold(39)], True),
    "one left, two at least in a booking": ([sold(39), of(Item, min_per_booking=2)], False),
    "draws": ([sold(40), _drawing()], True),
    "draws later": ([sold(40), _drawing(draws_from=NOON + MINUTE)], False),
    "drew until now": ([sold(40), _drawing(draws_until=NOON)], False),
    "at its ceiling": ([sold(40), _drawing(ceiling=40)], False),
    "family pack takes four, three left": (
        [sold(37), lambda stage: _only(stage, "Family pack")],
        False,
    ),
    "no room to park for the bundle": (
        [sold(5, "Bundle"), lambda stage: _only(stage, "Bundle")],
        False,
    ),
    "limit of the listing reached": ([sold(3), _listing_limit], False),
    "limit of the item reached": ([sold(3), _item_limit], False),
    "limit of the item not reached": ([sold(2), _item_limit], True),
}


def by_rules(stage: Stage, now: datetime) -> dict[int, bool]:
    """The same question as a sale answers it."""
    setup = EventSetup.load(stage.event.pk)
    rows = {row.pk: row for row in Stock.objects.filter(event=stage.event)}
    found = {row.pk: False for row in rows.values() if row.kind == "CHANNEL"}
    for (item_id, channel_id), listing in setup.listings.items():
        item = setup.items[item_id]
        refusal = event_refusal(setup, setup.channels[channel_id], now) or item_refusal(
            setup, item, listing, now, ""
        )
        if (
            refusal is None
            and sellable(setup, rows, item_id, channel_id, now).count >= item.minimum
        ):
            for pool in item.units:
                found[setup.channel_rows[pool, channel_id]] = True
    return found


def by_sql(stage: Stage, now: datetime) -> dict[int, bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stock_id, sells FROM alerts_channel_levels(%s, %s)", [[stage.event.pk], now]
        )
        return dict(cursor.fetchall())


@pytest.mark.parametrize("case", CASES)
def test_the_database_says_the_same_as_a_sale(case: str) -> None:
    steps, can_sell = CASES[case]
    stage = make_stage(
        pools={"GA": 100, "Car park": 5},
        items={"Ticket": {"GA": 1}, "Family pack": {"GA": 4}, "Bundle": {"GA": 1, "Car park": 1}},
        give={("GA", "web"): 40, ("Car park", "web"): 5},
        starts_at=NOON + timedelta(days=9),
    )
    for step in steps:
        step(stage)
    found = by_sql(stage, NOON)
    assert found == by_rules(stage, NOON)
    assert found[stage.row().pk] is can_sell
