"""Three weeks of two channels whose demand takes turns: docs/transfers-no-swinging.svg."""

from bench.swinging import BEGIN, CAPACITY, END, NO_RULES, ONE_HOUR, WEEK, customers, run
from bench.swinging_chart import PICTURE, picture

DAYS = (END - BEGIN).days


def test_stock_follows_a_lasting_change_and_does_not_swing_with_the_hours() -> None:
    demand = customers()
    never, ruled, bare = run(demand, None), run(demand), run(demand, NO_RULES, ONE_HOUR)
    for found in (never, ruled, bare):
        for quantities, sold in zip(found.quantities, found.solds, strict=True):
            assert sum(quantities) == CAPACITY
            assert all(have - had >= 0 for have, had in zip(quantities, sold, strict=True))
    # Fewer than one a day. While they alternate, hardly any; and once A leads, one way only.
    turning = [move for move in ruled.moved if move.at < BEGIN + 2 * WEEK]
    following = [move for move in ruled.moved if move.at >= BEGIN + 2 * WEEK]
    assert len(ruled.moved) < DAYS
    assert len(turning) <= 3
    assert ruled.reversals <= 2
    assert {move.giver for move in following} == {2}
    # The control: the same customers, without what is there against swinging.
    assert len(bare.moved) > 50 * len(ruled.moved)
    assert bare.reversals > 200 * ruled.reversals
    # Nothing is lost by it: everything is sold, and more than if nothing moved.
    assert ruled.sold == bare.sold == CAPACITY
    assert ruled.turned_away == sum(map(sum, demand)) - CAPACITY < never.turned_away
    assert never.sold < CAPACITY
    # The picture in the docs is that of these numbers: python -m bench.swinging_chart
    assert PICTURE.read_text() == picture(demand, never, ruled, bare)


def test_another_three_weeks_are_no_different() -> None:
    demand = customers(seed=2)
    never, ruled = run(demand, None), run(demand)
    assert len(ruled.moved) < DAYS
    assert ruled.reversals <= 2
    assert never.sold < ruled.sold == CAPACITY
