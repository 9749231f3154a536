"""The range of what a late channel has sold holds what it says, and so does the buffer; seeded, so always the same."""

import random

import pytest

from bench.late_estimates import past
from offline.pace import MIN_SPANS, Estimate, Span, buffer, estimate


@pytest.mark.parametrize(
    ("rate", "reports", "every", "tickets", "low", "high"),
    [
        (0.5, 30, 24.0, 5, 0.93, 0.97),
        (3.0, 10, 24.0, 5, 0.93, 0.97),
        (3.0, 40, 3.0, 5, 0.93, 0.97),
        (3.0, 30, 24.0, 1, 0.95, 0.99),  # of single tickets it is a little wider than it says
    ],
)
def test_the_range_holds_about_95_of_100(
    rate: float, reports: int, every: float, tickets: int, low: float, high: float
) -> None:
    random_numbers = random.Random(7)  # noqa: S311
    held = 0
    for _ in range(1_000):
        spans, now = past(random_numbers, rate, reports, every, tickets)
        found = estimate(spans, now.hours, now.ended_at_hour)
        assert found is not None
        held += found.low <= now.units <= found.high
    assert low <= held / 1_000 <= high


def test_the_buffer_is_hardly_ever_too_small() -> None:
    random_numbers = random.Random(7)  # noqa: S311
    sizes = []
    for _ in range(2_000):
        spans, now = past(random_numbers, 1.0, 10, 24.0, 5)
        units = buffer(spans, now.hours, now.ended_at_hour)
        assert units is not None
        assert now.units <= units
        sizes.append(units)
    assert sum(sizes) / len(sizes) < 7 * 24  # and no more than a few times what is sold on average


def test_a_sync_soon_after_another_does_not_blow_the_buffer_up() -> None:
    days = [Span(units, 24.0, 18.0) for units in (4, 5, 3, 4, 6, 4, 5, 3, 4, 5)]
    usual = buffer(days, 24.0, 18.0)
    again = buffer([Span(4, 0.05, 18.0), *days], 24.0, 18.0)
    assert usual is not None
    assert again is not None
    assert usual <= again <= 2 * usual


def test_a_slow_channel_gets_a_small_buffer() -> None:
    spans = [Span(int(day % 10 == 0), 24.0, 18.0) for day in range(30)]
    units = buffer(spans, 24.0, 18.0)
    assert units is not None
    assert 2 <= units <= 12


def test_spans_of_this_hour_of_day_are_taken_alone_where_there_are_enough() -> None:
    by_day, by_night = Span(40, 6.0, 18.0), Span(1, 6.0, 4.0)
    spans = [by_day, by_night] * 6
    day, night = (estimate(spans, 6.0, hour) for hour in (18.5, 3.0))
    assert day is not None
    assert night is not None
    assert (round(day.mean), round(night.mean)) == (40, 1)
    some = estimate(spans[:8], 6.0, 18.5)
    assert some is not None
    assert some.mean < 25  # four of each are too few


def test_too_little_known_is_no_estimate() -> None:
    span = Span(4, 24.0, 18.0)
    assert estimate([span] * (MIN_SPANS - 1), 5, 18) is None
    assert estimate([span] * MIN_SPANS, 0, 18) == Estimate(0.0, 0, 0)
    assert buffer([span] * 4, 5, 18) is None
    assert buffer([Span(4, 3.0, 18.0)] * 7, 5, 18) is None  # of less than a day
    assert estimate([Span(4, 0.001, 18.0)] * 9, 5, 18) is None


def test_a_channel_that_has_sold_nothing_is_expected_to_sell_next_to_nothing() -> None:
    found = estimate([Span(0, 24.0, 18.0)] * 10, 24, 18)
    assert found is not None
    assert (found.low, found.high) == (0, 1)
    assert isinstance(found, Estimate)
