"""Which event needs somebody, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from events.enums import EventStatus
from events.models import Event, Venue
from planning.attention import Attention, Need, PoolNow, judge, urgency

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def event(days: float = 30, **fields: object) -> Event:
    values = {"name": "Night", "status": EventStatus.ON_SALE, "pk": 1} | fields
    return Event(venue=Venue(), starts_at=NOW + timedelta(days=days), **values)


def pool(
    sold: int, held: int = 0, *, capacity: int = 100, pace: float = 0.0, is_low: bool = False
) -> PoolNow:
    return PoolNow("GA", capacity, sold, held, pace, is_low)


def judged(*pools: PoolNow, days: float = 30, **fields: object) -> Attention:
    return judge(event(days, **fields), pools, NOW)


@pytest.mark.parametrize(
    ("found", "need", "reason"),
    [
        (judged(pool(50), stop_reason="Storm"), Need.STOPPED, "Stopped: Storm"),
        (judged(pool(50), status=EventStatus.PAUSED), Need.STOPPED, "Sales are paused"),
        (judged(pool(50, pace=2)), Need.SELLS_OUT, "GA sells out in about 25 hours, 50 left"),
        (judged(pool(52, pace=1)), Need.NONE, "On track"),  # 48 hours
        (judged(pool(53, pace=1)), Need.SELLS_OUT, "GA sells out in about 47 hours, 47 left"),
        (judged(pool(99, pace=90)), Need.SELLS_OUT, "GA sells out in about 1 hour, 1 left"),
        (judged(pool(99)), Need.NONE, "On track"),  # no rule finds it too little
        (judged(pool(88, 2, is_low=True)), Need.NEARLY_GONE, "GA is nearly sold out, 10 left"),
        (judged(pool(98, 2)), Need.SOLD_OUT, "GA is sold out"),
        (judged(pool(20, 9), days=7), Need.BEHIND, "GA is behind: 29 % taken"),
        (judged(pool(30), days=7), Need.NONE, "On track"),
        (judged(pool(20), days=7.01), Need.NONE, "On track"),
        (judged(pool(20), days=-0.1), Need.NONE, "On track"),  # it runs
        (judged(pool(0, capacity=0), days=1), Need.NONE, "On track"),
        (judged(), Need.NONE, "Has no pool yet"),
    ],
)
def test_an_event_is_judged_by_its_numbers(found: Attention, need: Need, reason: str) -> None:
    assert (found.need, found.reason) == (need, reason)


def test_what_sells_out_only_after_the_sale_has_ended_is_on_track() -> None:
    ends = NOW + timedelta(hours=20)
    assert judged(pool(50, pace=2), days=0.5, ends_at=ends).need == Need.NONE
    assert judged(pool(50, pace=3), days=0.5, ends_at=ends).need == Need.SELLS_OUT


def test_a_pace_that_says_nothing_overflows_nothing() -> None:
    assert pool(0, capacity=10_000_000, pace=1e-9).lasts is None


def test_the_worst_pool_decides() -> None:
    assert judged(pool(0), pool(95, is_low=True), pool(60)).need == Need.NEARLY_GONE


def test_the_most_urgent_comes_first() -> None:
    found = [
        judged(pool(10), days=9, pk=1),
        judged(pool(100), pk=2),
        judged(pool(10), days=5, pk=3),
        judged(pool(10), days=4, pk=4),
        judged(pool(92, is_low=True), pk=5),
        judged(pool(95, is_low=True), pk=6),
        judged(pool(50, pace=2), pk=7),
        judged(pool(50, pace=4), pk=8),
        judged(pool(50), stop_reason="Storm", days=9, pk=9),
        judged(pool(50), stop_reason="Storm", days=8, pk=10),
        judged(pool(10), days=8, pk=11),
    ]
    order = [one.event.pk for one in sorted(found, key=urgency)]
    assert order == [10, 9, 8, 7, 6, 5, 4, 3, 2, 11, 1]
