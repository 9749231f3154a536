"""Faster or slower than usual: by hand, by SciPy's values, and for any history."""

from dataclasses import replace
from math import e, sqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerts.velocity import (
    ANY_HOUR_WINDOWS,
    EASING,
    LARGEST_PROBABILITY,
    MIN_PROBABILITY,
    MIN_UNITS,
    PROBABILITY,
    SAME_HOUR_WINDOWS,
    Basis,
    Direction,
    History,
    Judgement,
    Seen,
    has_ended,
    judge,
    usual_count,
)
from common.negative_binomial import NegativeBinomial

NONE = History(0, 0, 0, 0.0)
QUICK = settings(max_examples=100)


def history(*units: int, open_: float = 1.0) -> History:
    return History(len(units), sum(units), sum(one * one for one in units), open_ * len(units))


TWENTY = history(*[20] * 14)


# --- The distribution ------------------------------------------------------------------------------


def test_tails_of_size_one_are_those_of_coins() -> None:
    # Variance 12, mean 3: of size 1. Each further unit has the chance ¾.
    count = NegativeBinomial(3, 3)
    for k in range(40):
        assert count.at_least(k) == pytest.approx(0.75**k, rel=1e-13)
        assert count.at_most(k) == pytest.approx(1 - 0.75 ** (k + 1), rel=1e-13)
    # 0.75 ** 16 = 0.0100 and 0.75 ** 17 = 0.0075; not even none is as rare as that.
    assert (count.lowest(0.01), count.highest(0.01)) == (0, 16)


def test_with_no_excess_to_speak_of_it_is_poisson() -> None:
    count = NegativeBinomial(2, 1e-8)
    assert count.at_most(0) == pytest.approx(e**-2, rel=1e-7)
    assert count.at_most(2) == pytest.approx(e**-2 * (1 + 2 + 2), rel=1e-7)
    assert count.at_least(3) == pytest.approx(1 - e**-2 * (1 + 2 + 2), rel=1e-7)
    assert count.at_most(-1) == 0
    # Beside poisson.sf(k - 1, mean) and poisson.cdf(k, mean) of SciPy 1.17.1.
    for mean, k, minimum, maximum in (
        (20, 45, 1.060263129940278e-06, 0.9999995459820598),
        (20, 3, 0.9999995444850495, 3.203719780476998e-06),
        (100000, 101500, 1.1193749619997961e-06, 0.9999988978481349),
    ):
        nearly = NegativeBinomial(mean, 1e-8)
        assert nearly.at_least(k) == pytest.approx(minimum, rel=1e-6)
        assert nearly.at_most(k) == pytest.approx(maximum, rel=1e-6)


# mean, excess, k, nbinom.sf(k - 1, mean / excess, 1 / (1 + excess)), nbinom.cdf(k, …): SciPy 1.17.1.
SCIPY = (
    (0.5, 0.0714, 5, 0.0004322831048696856, 0.9999429685191478),
    (5, 0.1, 0, 1.0, 0.008518551279500627),
    (7.3, 12, 140, 3.5317515081772875e-06, 0.9999967483338936),
    (20, 0.25, 52, 1.8426437741247673e-07, 0.9999999091550192),
    (20, 0.25, 560, 2.7162080388697532e-297, 1.0),
    (20, 0.25, 2, 0.999999699635999, 2.5901977969651215e-06),
    (20, 2.5, 60, 0.0003167323456103455, 0.9997492028214484),
    (22.5, 0.0782, 20, 0.7204920069673735, 0.35461590468722426),
    (200, 0.08, 300, 1.7201741955929686e-10, 0.9999999998822062),
    (200, 3, 90, 0.9999990894384903, 1.1987308519817707e-06),
    (100000, 0.001, 102000, 1.493681759526456e-10, 0.9999999998536276),
    (100000, 0.001, 88900, 1.0, 2.0559192153141066e-280),
    (100000, 0.1, 98000, 0.9999999992902474, 7.232646265665781e-10),
    (100000, 50, 125000, 4.49157202748685e-25, 1.0),
)


@pytest.mark.parametrize(("mean", "excess", "k", "minimum", "maximum"), SCIPY)
def test_tails_are_those_of_scipy(
    mean: float, excess: float, k: int, minimum: float, maximum: float
) -> None:
    count = NegativeBinomial(mean, excess)
    assert count.at_least(k) == pytest.approx(minimum, rel=1e-10)
    assert count.at_most(k) == pytest.approx(maximum, rel=1e-10)


def test_far_out_it_is_zero_and_not_an_error() -> None:
    assert NegativeBinomial(20, 0.01).at_least(100_000) == 0
    assert NegativeBinomial(100_000, 0.01).at_most(0) == 0


COUNTS = st.builds(
    NegativeBinomial,
    st.floats(-2, 5).map(lambda power: 10**power),
    st.floats(-5, 2).map(lambda power: 10**power),
)


@QUICK
@given(COUNTS, st.floats(-6, 12))
def test_tails_add_up_and_fall(count: NegativeBinomial, deviations: float) -> None:
    k = max(0, int(count.mean + deviations * sqrt(count.mean * (1 + count.excess))))
    assert count.at_least(k) + count.at_most(k - 1) == pytest.approx(1, rel=1e-9)
    assert count.at_least(k + 1) <= count.at_least(k) * (1 + 1e-9)
    assert count.at_most(k) <= count.at_most(k + 1) * (1 + 1e-9)


@QUICK
@given(COUNTS, st.floats(-12, -2).map(lambda power: 10**power))
def test_the_range_is_where_neither_tail_is_below_the_limit(
    count: NegativeBinomial, limit: float
) -> None:
    low, high = count.lowest(limit), count.highest(limit)
    assert count.at_most(low) >= limit > count.at_most(low - 1)
    assert count.at_least(high) >= limit > count.at_least(high + 1)


# --- By hand ---------------------------------------------------------------------------------------


def test_a_judgement_written_out() -> None:
    # 5 windows of 8 units: mean 40.5 / 5, variance 1 + 1/5 times as much, so of size 40.5.
    found = judge(Seen(0, 1.0), history(8, 8, 8, 8, 8), NONE, probability=1e-3)
    assert found is not None
    assert found.probability == pytest.approx(2 * (5 / 6) ** 40.5)
    assert found == Judgement(
        direction=Direction.SLOWER,
        seen=0,
        expected=8.0,
        low=1,
        high=20,
        probability=found.probability,
        basis=Basis.SAME_HOUR,
        dispersion=1.0,
    )
    usual = usual_count(Seen(0, 1.0), history(8, 8, 8, 8, 8), NONE)
    assert usual is not None
    # P(1) = size · (1 - p) · p ** size
    assert usual.count.at_most(1) == pytest.approx((5 / 6) ** 40.5 * (1 + 40.5 / 6))


def test_windows_that_vary_make_the_range_wider() -> None:
    # Sum 80, squares 1,400, so a variance of (1400 - 80² / 5) / 4 = 30 beside a mean of 16.
    uneven = history(10, 12, 16, 18, 24)
    assert uneven.dispersion == pytest.approx(30 / 16)
    even = history(16, 16, 16, 16, 16)
    wide, narrow = (judge(Seen(90, 1.0), one, NONE) for one in (uneven, even))
    assert wide is not None
    assert narrow is not None
    assert wide.dispersion == pytest.approx(30 / 16)
    assert narrow.dispersion == 1
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.probability > 1000 * narrow.probability


def test_few_alike_windows_are_not_believed_beyond_what_any_hour_shows() -> None:
    same = history(20, 20, 20, 20, 20)

    def dispersion(any_hour: History) -> float:
        usual = usual_count(Seen(20, 1.0), same, any_hour)
        assert usual is not None
        return usual.dispersion

    assert dispersion(history(*[20] * 336)) == 1
    # 18 and 22, 19 and 21 … vary by 2² around 20: less than Poisson counts. 10 and 30 by 10², 5 to the unit.
    assert dispersion(history(*[18, 22] * 168)) == 1
    assert dispersion(history(*[10, 30] * 168)) == pytest.approx(5, rel=0.01)
    # Day and night. The lower 5 % point of χ² at 4 degrees of freedom is 0.7107; Wilson and Hilferty's is 0.690.
    assert dispersion(history(*[0, 200] * 168)) == pytest.approx(4 / 0.690, rel=0.001)
    # Fewer than that many windows of any hour say nothing of it.
    assert dispersion(history(*[0, 200] * 11)) == 1


def test_a_single_order_of_a_channel_that_sells_them_seldom_is_no_alarm() -> None:
    # Nothing at this hour, and one order of 6 a day otherwise: that is how this channel sells.
    same, orders = history(*[0] * 14), history(*([0] * 23 + [6]) * 14)
    assert judge(Seen(6, 1.0), same, orders) is None
    # Where single tickets are sold, six in one hour of the night are one.
    found = judge(Seen(6, 1.0), same, history(*([0] * 3 + [1]) * 84))
    assert found is not None
    assert (found.direction, found.expected, found.low) == (Direction.FASTER, 0, 0)


def test_the_same_hour_goes_before_any_hour_and_neither_means_no_judgement() -> None:
    same, any_hour = history(*[4] * SAME_HOUR_WINDOWS), history(*[40] * ANY_HOUR_WINDOWS)
    few, fewer = history(*[4] * (SAME_HOUR_WINDOWS - 1)), history(*[40] * (ANY_HOUR_WINDOWS - 1))
    found = judge(Seen(40, 1.0), same, any_hour)
    assert found is not None
    assert (found.direction, found.basis, found.expected) == (Direction.FASTER, Basis.SAME_HOUR, 4)
    found = judge(Seen(4, 1.0), few, any_hour)
    assert found is not None
    assert (found.direction, found.basis, found.expected) == (Direction.SLOWER, Basis.ANY_HOUR, 40)
    assert judge(Seen(1000, 1.0), few, fewer) is None


@pytest.mark.parametrize("limit", [0, -1, 2 * LARGEST_PROBABILITY, 1])
def test_a_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="at most"):
        judge(Seen(1, 1.0), TWENTY, NONE, probability=limit)


# --- Floors and time left out ----------------------------------------------------------------------


def test_sparse_sales_are_no_alarm() -> None:
    never = history(*[0] * 336)
    for units in range(MIN_UNITS):
        assert judge(Seen(units, 1.0), never, never, probability=1e-3) is None
    assert judge(Seen(MIN_UNITS, 1.0), never, never, probability=1e-3) is not None
    # One family of seven is no alarm: what has sold next to nothing does not show in which orders it sells.
    assert judge(Seen(7, 1.0), never, never) is None
    assert judge(Seen(8, 1.0), never, never) is not None
    # However sure it is that 9 an hour have become none: P(none) is about e^-9.
    nine = history(*[9] * 336)
    assert judge(Seen(0, 1.0), nine, NONE, probability=1e-3, min_units=10) is None
    assert judge(Seen(0, 1.0), nine, NONE, probability=1e-3, min_units=9) is not None


def test_a_channel_with_little_time_to_sell_is_not_slow() -> None:
    busy = history(*[200] * 14)
    for open_ in (0.0, 0.2, 0.49):
        assert judge(Seen(0, open_), busy, NONE) is None
    found = judge(Seen(0, 0.5), busy, NONE)
    assert found is not None
    assert (found.direction, found.expected) == (Direction.SLOWER, 100)


def test_in_little_time_only_what_half_a_window_would_not_sell_is_fast() -> None:
    # Twelve minutes would sell 4 of 20 an hour: 20 are what was kept waiting while it was closed.
    assert judge(Seen(20, 0.2), TWENTY, NONE) is None
    found = judge(Seen(60, 0.2), TWENTY, NONE)
    assert found is not None
    assert (found.direction, found.expected) == (Direction.FASTER, 10)
    assert found == judge(Seen(60, 0.5), TWENTY, NONE)


def test_windows_that_were_half_open_count_half() -> None:
    found = judge(Seen(100, 1.0), history(*[10] * 14, open_=0.5), NONE)
    assert found is not None
    assert found.expected == 20
    longer = judge(Seen(100, 1.25), history(*[10] * 14, open_=0.5), NONE)
    assert longer is not None
    assert longer.expected == 25


def test_what_has_no_number_is_told_as_the_least() -> None:
    found = judge(Seen(100_000, 1.0), TWENTY, NONE)
    assert found is not None
    assert found.probability == MIN_PROBABILITY


# --- The end of an alarm ---------------------------------------------------------------------------


def test_an_alarm_ends_later_than_it_begins() -> None:
    found = judge(Seen(100, 1.0), TWENTY, NONE)
    assert found is not None
    usual = usual_count(Seen(100, 1.0), TWENTY, NONE)
    assert usual is not None
    eased = usual.count.highest(EASING * PROBABILITY)
    assert eased < found.high
    for units in range(100):
        assert has_ended(Direction.FASTER, Seen(units, 1.0), TWENTY, NONE) == (units <= eased)
    eased = usual.count.lowest(EASING * PROBABILITY)
    assert eased > found.low
    for units in range(100):
        assert has_ended(Direction.SLOWER, Seen(units, 1.0), TWENTY, NONE) == (units >= eased)


def test_an_alarm_ends_when_it_cannot_be_judged_any_more() -> None:
    assert not has_ended(Direction.SLOWER, Seen(0, 1.0), TWENTY, NONE)
    assert has_ended(Direction.SLOWER, Seen(0, 0.4), TWENTY, NONE)
    assert not has_ended(Direction.FASTER, Seen(90, 0.4), TWENTY, NONE)
    assert has_ended(Direction.FASTER, Seen(90, 1.0), NONE, NONE)


# --- For any history -------------------------------------------------------------------------------

WINDOWS = st.lists(st.integers(0, 300), min_size=SAME_HOUR_WINDOWS, max_size=14)


@QUICK
@given(WINDOWS, st.integers(0, 2000), st.floats(0.5, 1.25), st.floats(-9, -3))
def test_the_verdict_is_that_of_the_range_and_more_is_never_less_fast(
    past: list[int], units: int, open_: float, power: float
) -> None:
    same, limit = history(*past), min(10**power, LARGEST_PROBABILITY)
    usual = usual_count(Seen(units, open_), same, NONE)
    assert usual is not None
    assume(usual.expected > 0)
    low, high = usual.count.lowest(limit), usual.count.highest(limit)

    def verdict(count: int) -> Direction | None:
        found = judge(Seen(count, open_), same, NONE, probability=limit, min_units=0)
        if found is None:
            return None
        assert (found.low, found.high) == (low, high)
        assert found.probability < 2 * limit
        assert not has_ended(found.direction, Seen(count, open_), same, NONE, probability=limit)
        return found.direction

    for count in {units, low, high}:
        expected = None
        if count > high:
            expected = Direction.FASTER
        elif count < low:
            expected = Direction.SLOWER
        assert verdict(count) == expected
    assert verdict(high + 1) is Direction.FASTER
    assert low == 0 or verdict(low - 1) is Direction.SLOWER
    # The same with twice as long a past is at least as narrow: no more is unknown.
    twice = replace(
        same,
        windows=2 * len(past),
        units=2 * same.units,
        squares=2 * same.squares,
        open=2 * same.open,
    )
    sure = usual_count(Seen(units, open_), twice, NONE)
    assert sure is not None
    assert sure.count.excess <= usual.count.excess
