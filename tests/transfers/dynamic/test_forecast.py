"""Forecasts, worked out by hand and for any past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfers.dynamic.forecast import (
    DAYS_BACK,
    LIFTS,
    Forecast,
    Pace,
    Past,
    forecast,
    hour_of,
)

NOW = datetime(2030, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
START = NOW + 10 * DAY
THIS_HOUR = hour_of(NOW)
QUICK = settings(max_examples=60)
DAILY = 2 ** (-24 / 72)  # what a day says beside the next one


def past(channel_id: int = 1, **values: object) -> Past:
    told = {"since": NOW - 2 * DAY, "until": START, "sold": {}, **values}
    return Past(channel_id=channel_id, **told)  # type: ignore[arg-type]


def hourly(hours: range, units: int) -> dict[int, int]:
    """So many units in each of the hours, counted back from the one before the present."""
    return {THIS_HOUR - 1 - back: units for back in hours}


def one(*pasts: Past, now: datetime = NOW, starts_at: datetime = START) -> Forecast:
    return forecast(pasts, now, starts_at)[0]


# --- By hand ---------------------------------------------------------------------------------------


def test_a_steady_channel_goes_on_as_it_did() -> None:
    found = one(past(sold=hourly(range(24), 3) | hourly(range(24, 48), 3)))
    # Alone it is its own average: the prior changes nothing.
    assert found.velocity == pytest.approx(3)
    assert found.hours == 240
    assert found.units == pytest.approx(3 * 240)
    # Noon exactly, so that of the 24 hours of today the present one is still empty.
    assert found.error == pytest.approx(1 / sqrt(5 + 3 * 23 + 3 * 24 * DAILY))


def test_yesterday_says_less_than_today_and_neighbors_lend_their_average() -> None:
    busy = past(1, sold=hourly(range(23), 4))
    slow = past(2, sold=hourly(range(23, 47), 1))
    seen = 23 + 24 * DAILY
    average = (92 + 24 * DAILY) / (2 * seen)
    for channel, sold in ((0, 92), (1, 24 * DAILY)):
        found = forecast([busy, slow], NOW, START)[channel]
        assert found.velocity == pytest.approx((5 + sold) / (5 / average + seen))
        assert found.units == pytest.approx(found.velocity * 240)


def test_a_short_history_is_not_a_slow_one() -> None:
    found = one(past(since=NOW - 2 * HOUR, sold=hourly(range(2), 6)))
    assert found.velocity == pytest.approx(6)


def test_part_of_an_hour_counts_as_such() -> None:
    now = NOW + HOUR / 4
    found = one(past(since=NOW, sold={THIS_HOUR: 2}), now=now)
    assert found.velocity == pytest.approx(8)
    assert found.units == pytest.approx(8 * 239.75)


def test_hours_without_stock_do_not_make_a_channel_slow() -> None:
    other = past(2, sold=hourly(range(48), 1))
    sold = hourly(
        range(24, 36), 2
    )  # then it had nothing more for 24 hours, and is open again since
    closed = dict.fromkeys(hourly(range(24), 0), 1.0)
    sold_out, unnoticed = (
        forecast([past(sold=sold, closed=parts), other], NOW, START)[0].velocity
        for parts in (closed, {})
    )
    assert sold_out > 1.5 * unnoticed
    half = dict.fromkeys(closed, 0.5)
    assert unnoticed < forecast([past(sold=sold, closed=half), other], NOW, START)[0].velocity


def test_a_channel_that_never_could_sell_is_taken_for_an_average_one() -> None:
    seller = past(1, sold=hourly(range(48), 2))
    never = past(2, closed=dict.fromkeys(range(THIS_HOUR - 48, THIS_HOUR + 1), 1.0))
    ahead = past(3, since=NOW + DAY)
    found = forecast([seller, never, ahead], NOW, START)
    assert [each.velocity for each in found[1:]] == [pytest.approx(found[0].velocity)] * 2
    assert [each.hours for each in found] == [240, 240, 216]


def test_no_sales_no_demand_and_an_ended_window_none_either() -> None:
    assert forecast([], NOW, START) == []
    assert one(past()).units == 0
    ended = one(past(sold=hourly(range(48), 5), until=NOW - HOUR))
    assert (ended.units, ended.hours) == (0, 0)


def test_the_tide_of_day_and_night_cancels_out() -> None:
    """At each hour of the day the same velocity, whichever half of it was the busy one."""
    begun = THIS_HOUR - 5 * 24
    sold = {hour: 6 for hour in range(begun, THIS_HOUR + 48) if hour % 24 < 12}
    found = [
        one(past(since=NOW - 5 * DAY, sold=sold), past(2), now=NOW + step * HOUR).velocity
        for step in range(1, 25)
    ]
    assert max(found) / min(found) < 1.05


def test_what_lies_two_weeks_back_is_forgotten() -> None:
    old = NOW - (DAYS_BACK + 5) * DAY
    sold = {hour_of(old): 1000} | hourly(range(24), 1)
    assert one(past(since=old, sold=sold)) == one(past(since=old, sold=hourly(range(24), 1)))


# --- The pace of past events -------------------------------------------------------------------------


def test_a_pace_is_the_mean_of_shares_and_straight_between_hours() -> None:
    pace = Pace.of([{0: 50, 3: 50}, {1: 1, -2: 3}, {}, {5: 0}])
    assert pace is not None
    assert pace.events == 2
    assert pace.shares == pytest.approx((1, 0.375, 0.25, 0.25, 0))
    assert [pace.reached(hours) for hours in (-1, 0, 0.5, 3.5, 4, 100)] == pytest.approx(
        [1, 1, 0.6875, 0.125, 0, 0]
    )


def test_without_past_sales_there_is_no_pace() -> None:
    assert Pace.of([]) is None
    assert Pace.of([{}, {4: 0}]) is None


def test_past_events_that_sold_faster_at_the_end_lift_the_forecast() -> None:
    # In the last 10 days they sold twice as fast as in the two before: 20 of 24 parts, and 2 of them.
    units = dict.fromkeys(range(240), 2) | dict.fromkeys(range(240, 288), 1)
    sold = hourly(range(48), 3)
    for events, power in ((1, 1 / 2), (3, 3 / 4)):
        found = one(past(sold=sold, pace=Pace.of([units] * events)))
        assert found.lift == pytest.approx(2**power)
        assert found.units == pytest.approx(3 * 240 * 2**power)


def test_with_many_past_events_it_is_the_classic_pick_up() -> None:
    """Sold so far ÷ the share that sells by now · the share to come."""
    units = dict.fromkeys(range(240), 2) | dict.fromkeys(range(240, 264), 1)
    sold = hourly(range(23), 3) | {THIS_HOUR - 24: 3}
    pace = Pace.of([units])
    assert pace is not None
    found = one(past(since=NOW - DAY, sold=sold, pace=replace(pace, events=10**9)))
    assert found.units == pytest.approx(69 / (23 / 504) * (480 / 504))


def test_a_pace_changes_a_forecast_only_so_far() -> None:
    sold = hourly(range(48), 3)
    late, early = {0: 1}, {250: 1}
    lifts = [one(past(sold=sold, pace=Pace.of([event] * 99))).lift for event in (late, early)]
    assert lifts == [pytest.approx(LIFTS[1] ** 0.99), pytest.approx(LIFTS[0] ** 0.99)]
    closed = dict.fromkeys(range(THIS_HOUR - 48, THIS_HOUR + 1), 1.0)
    assert one(past(closed=closed, pace=Pace.of([late]))).lift == 1


# --- For any past --------------------------------------------------------------------------------------

BACK = st.integers(-2, 400)
PACES = st.lists(
    st.dictionaries(st.integers(-5, 900), st.integers(0, 50), max_size=5), max_size=3
).map(Pace.of)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    def by_hour(values: st.SearchStrategy[float]) -> dict[int, float]:
        found = draw(st.dictionaries(BACK, values, max_size=8))
        return {THIS_HOUR - back: value for back, value in found.items()}

    return past(
        draw(st.integers(1, 9)),
        since=NOW + draw(st.integers(-500_000, 50_000)) * HOUR / 1000,
        until=NOW + draw(st.integers(-50_000, 900_000)) * HOUR / 1000,
        sold=by_hour(st.integers(-5, 500)),
        closed=by_hour(st.sampled_from((0.1, 0.5, 1.0))),
        pace=draw(PACES),
    )


@QUICK
@given(st.lists(pasts(), max_size=4), st.integers(0, 59))
def test_a_forecast_is_finite_never_negative_and_always_the_same(
    found: list[Past], minute: int
) -> None:
    now = NOW + minute * HOUR / 60
    forecasts = forecast(found, now, START)
    assert forecasts == forecast(found, now, START)
    for each in forecasts:
        assert isfinite(each.units)
        assert each.units >= 0
        assert each.velocity >= 0
        assert 0 < each.error < 1
        assert LIFTS[0] <= each.lift <= LIFTS[1]


@QUICK
@given(pasts(), pasts(), st.integers(0, 300), st.integers(0, 300), st.integers(1, 50))
def test_more_sales_or_more_recent_ones_never_make_less(
    own: Past, other: Past, back: int, later: int, units: int
) -> None:
    def with_sales(at: int) -> float:
        sold = {**own.sold, at: max(own.sold.get(at, 0), 0) + units}
        changed = past(
            since=own.since, until=own.until, sold=sold, closed=own.closed, pace=own.pace
        )
        return forecast([changed, other], NOW, START)[0].units

    before = forecast([own, other], NOW, START)[0].units
    earlier = with_sales(THIS_HOUR - back)
    assert earlier >= before * (1 - 1e-9)
    assert with_sales(min(THIS_HOUR, THIS_HOUR - back + later)) >= earlier * (1 - 1e-9)
