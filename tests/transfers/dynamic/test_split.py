"""What each is to have, and the moves: by hand, and for any rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfers.dynamic.forecast import Forecast
from transfers.dynamic.split import COOLDOWN, LEAST, SETTLES, Move, Row, moves, wanted
from transfers.dynamic.words import sentence

NOW = datetime(2030, 6, 10, 12, tzinfo=UTC)
HOURS = 240.0
QUICK = settings(max_examples=60)
LONG_AGO = NOW - timedelta(days=30)


def row(channel_id: int, free: int, demand: float, **values: Any) -> Row:
    sold = values.get("sold", 0)
    hours = values.pop("hours", HOURS)
    expected = Forecast(
        channel_id=channel_id,
        units=demand,
        velocity=demand / HOURS,
        hours=hours,
        lift=1.0,
        error=values.pop("error", 0.0),
        until=NOW + timedelta(hours=hours),
    )
    told: dict[str, Any] = {"held": 0, "sold": 0, "drawn": 0, "floor": 0, "ceiling": None}
    told |= {"quantity": free + sold + values.get("held", 0), "received_at": LONG_AGO} | values
    return Row(channel_id=channel_id, forecast=expected, **told)


def told(found: list[Move]) -> list[tuple[int, int, int]]:
    return [(move.giver.channel_id, move.receiver.channel_id, move.units) for move in found]


def run(*rows: Row, moved_at: datetime | None = None) -> list[tuple[int, int, int]]:
    return told(moves(rows, NOW, moved_at))


# --- By hand ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "units"),
    [
        pytest.param([row(1, 60, 140), row(2, 90, 12)], [138, 12], id="scarce: in proportion"),
        pytest.param([row(1, 50, 100), row(2, 50, 20)], [83, 17], id="the largest remainder"),
        pytest.param([row(1, 60, 40), row(2, 90, 12)], [40, 12], id="plenty: no more than demand"),
        pytest.param([row(1, 60, 140), row(2, 90, 12, floor=50)], [100, 50], id="a floor"),
        pytest.param(
            [row(1, 60, 140), row(2, 90, 12, floor=50, sold=30, drawn=10)],
            [120, 30],
            id="sold units are within the floor, drawn ones are not",
        ),
        pytest.param(
            [row(1, 60, 140, ceiling=90, sold=20), row(2, 90, 140)], [70, 80], id="a ceiling"
        ),
        pytest.param([row(1, 10, 0), row(2, 0, 0)], [0, 0], id="nobody expects anything"),
        pytest.param([row(1, 4, 9, floor=8), row(2, 3, 9, floor=8)], [8, 8], id="below floors"),
        pytest.param(
            [row(1, 40, 0, floor=30, hours=0), row(2, 0, 60)], [0, 40], id="its window has ended"
        ),
        pytest.param([], [], id="no rows"),
    ],
)
def test_what_each_is_to_have(rows: list[Row], units: list[int]) -> None:
    assert wanted(rows) == units


def test_what_is_missing_comes_from_the_largest_surplus() -> None:
    rows = (row(1, 10, 100), row(2, 300, 50), row(3, 200, 50), row(4, 10, 60))
    assert run(*rows) == [(2, 1, 90), (2, 4, 50)]
    # In any order of the rows; and of equal surpluses the lower id gives.
    assert run(*reversed(rows)) == [(2, 1, 90), (2, 4, 50)]
    assert run(row(3, 99, 0), row(2, 99, 0), row(1, 0, 10)) == [(2, 1, 10)]


def test_nobody_gives_what_it_has_held_or_what_its_floor_keeps() -> None:
    giver = row(2, 90, 0, held=40, sold=10, floor=100)
    assert giver.free == 90
    assert run(row(1, 0, 500), giver) == [(2, 1, 40)]
    ended = row(2, 90, 0, floor=60, hours=0)
    assert run(row(1, 0, 500), ended) == [(2, 1, 30)]


def test_a_deficit_within_the_band_moves_nothing() -> None:
    plenty = row(2, 1000, 0)
    assert run(row(1, 5, 10), plenty) == []
    assert run(row(1, 4, 10), plenty) == [(2, 1, 6)]
    assert run(row(1, 360, 400), plenty) == []
    assert run(row(1, 359, 400), plenty) == [(2, 1, 41)]
    # What chance alone gives a forecast that rests on few sales: twice 20 % of 400.
    assert run(row(1, 240, 400, error=0.2), plenty) == []
    assert run(row(1, 239, 400, error=0.2), plenty) == [(2, 1, 161)]


def test_a_surplus_below_the_smallest_move_stays() -> None:
    # The third has just received.
    rows = (row(1, 0, 50), row(3, 20, 0, received_at=NOW))
    assert run(*rows, row(2, LEAST - 1, 0)) == []
    assert run(*rows, row(2, LEAST, 0)) == [(2, 1, LEAST)]


def test_a_pool_rests_after_a_move() -> None:
    rows = (row(1, 0, 50), row(2, 100, 0))
    second = timedelta(seconds=1)
    assert run(*rows, moved_at=NOW - COOLDOWN + second) == []
    assert run(*rows, moved_at=NOW - COOLDOWN) == [(2, 1, 50)]


def test_who_has_just_received_does_not_give() -> None:
    receiver, second = row(1, 0, 50), timedelta(seconds=1)
    assert run(receiver, row(2, 100, 0, received_at=NOW - SETTLES + second)) == []
    assert run(receiver, row(2, 100, 0, received_at=NOW - SETTLES)) == [(2, 1, 50)]
    # In the last hours a quarter of what is left.
    late = [row(1, 0, 50, hours=8), row(2, 100, 0, hours=8)]
    for ago, found in ((timedelta(hours=2), [(2, 1, 50)]), (timedelta(hours=2) - second, [])):
        assert run(late[0], replace(late[1], received_at=NOW - ago)) == found


def test_a_move_is_said_in_a_sentence() -> None:
    names, zone = {1: "Website", 2: "Travel agent"}, ZoneInfo("Asia/Kolkata")
    floored = row(2, 120, 12.4, floor=50, sold=20)
    (move,) = moves([row(1, 60, 1140.3, error=0.1), floored], NOW, None)
    assert sentence(move, names, zone) == (
        "Website is expected to sell 1,140 more by 20 Jun 2030, 17:30 IST and has 60 left; "
        "Travel agent is expected to sell 12 more by 20 Jun 2030, 17:30 IST and has 90 left "
        "above its floor of 50: 90 units move."
    )
    (move,) = moves([row(1, 4, 6, floor=10), row(2, 90, 12.4)], NOW, None)
    assert "has 4 left, below its floor of 10;" in sentence(move, names, zone)
    assert sentence(replace(move, units=1), names, zone).endswith("has 90 left: 1 unit moves.")


# --- For any rows -----------------------------------------------------------------------------------


@st.composite
def pools(draw: st.DrawFn) -> list[Row]:
    found = []
    units = st.integers(0, 300)
    for channel_id in draw(st.permutations(range(1, draw(st.integers(1, 6)) + 1))):
        held, sold = draw(st.integers(0, 40)), draw(st.integers(0, 100))
        free = draw(units)
        ceiling = draw(st.none() | st.integers(free + held + sold, free + held + sold + 300))
        found.append(
            row(
                channel_id,
                free,
                draw(st.floats(0, 800)),
                held=held,
                sold=sold,
                drawn=draw(st.integers(0, held + sold)),
                floor=draw(st.integers(0, 200)),
                ceiling=ceiling,
                error=draw(st.floats(0, 0.45)),
                hours=draw(st.sampled_from((0.0, 5.0, HOURS))),
                received_at=NOW - draw(st.sampled_from((0, 2, 10, 100))) * timedelta(hours=1),
            )
        )
    return found


def after(rows: list[Row], found: list[Move]) -> list[Row]:
    gained = {one.channel_id: 0 for one in rows}
    for move in found:
        gained[move.giver.channel_id] -= move.units
        gained[move.receiver.channel_id] += move.units
    return [replace(one, quantity=one.quantity + gained[one.channel_id]) for one in rows]


@QUICK
@given(pools())
def test_moves_keep_the_sum_and_every_bound(rows: list[Row]) -> None:
    found = moves(rows, NOW, None)
    moved = after(rows, found)
    assert sum(one.quantity for one in moved) == sum(one.quantity for one in rows)
    assert len(found) < len(rows) or not found
    assert all(move.units >= LEAST for move in found)
    assert not {move.giver.channel_id for move in found} & {
        move.receiver.channel_id for move in found
    }
    for before, now in zip(rows, moved, strict=True):
        assert now.free >= min(before.free, before.kept)
        assert now.ceiling is None or now.quantity <= now.ceiling


@QUICK
@given(pools())
def test_the_same_forecasts_move_nothing_a_second_time(rows: list[Row]) -> None:
    assert moves(after(rows, moves(rows, NOW, None)), NOW, None) == []


@QUICK
@given(pools())
def test_what_is_wanted_is_within_the_bounds_and_not_more_than_there_is(rows: list[Row]) -> None:
    units = wanted(rows)
    promised = sum(one.kept for one in rows)
    assert sum(units) <= max(sum(one.free for one in rows), promised)
    for one, found in zip(rows, units, strict=True):
        assert 0 <= found <= max(one.kept, one.forecast.units + 1)
        if one.ceiling is not None:
            assert found <= one.ceiling - one.held - one.sold


@QUICK
@given(pools(), st.integers(0, 5), st.floats(1, 400))
def test_a_higher_forecast_never_wants_less(rows: list[Row], at: int, more: float) -> None:
    one = rows[at % len(rows)]
    raised = replace(one, forecast=replace(one.forecast, units=one.forecast.units + more))
    changed = [raised if other is one else other for other in rows]
    place = rows.index(one)
    # Whole units may fall otherwise by one.
    assert wanted(changed)[place] >= wanted(rows)[place] - 1
