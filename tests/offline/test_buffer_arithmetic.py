"""Whatever the numbers are: nothing is set aside that is not there or allowed, and what has moved moves no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from allocations.models import Stock
from offline.buffers import SETTLES, Buffer, Pending, State
from transfers.selectors import Bounds

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
END = NOW + timedelta(days=30)
units = st.integers(0, 200)


@st.composite
def buffers(draw: st.DrawFn) -> Buffer:
    sold, held, free = draw(units), draw(units), draw(units)
    quantity = sold + held + free
    return Buffer(
        row=Stock(
            pk=1,
            quantity=quantity,
            held=held,
            sold=sold,
            ceiling=draw(st.none() | units.map(lambda more: quantity + more)),
        ),
        shared=Stock(pk=2, quantity=draw(units)),
        without=None,
        needed=draw(units),
        hours=24.0,
        reported_at=NOW,
        leased=draw(st.integers(0, held)),
        lent=draw(st.integers(0, free)),
        percent=draw(st.integers(1, 100)),
        one_in=10_000,
        pending=Pending(coming=draw(st.integers(0, 20))),
        bounds=Bounds(can_sell=True, is_protected=False),
        ample_since=draw(st.none() | st.just(NOW - SETTLES)),
        idle_since=None,
    )


def moved(buffer: Buffer, count: int) -> Buffer:
    """So many units from the shared stock to the row, or back."""
    row, shared = buffer.row, buffer.shared
    assert shared is not None
    after = Stock(
        pk=1,
        quantity=row.quantity + count,
        held=row.held,
        sold=row.sold,
        ceiling=row.ceiling,
    )
    left = Stock(pk=2, quantity=shared.quantity - count)
    return replace(buffer, row=after, shared=left, lent=buffer.lent + count)


@settings(max_examples=300, deadline=None)
@given(buffers())
def test_what_is_set_aside_is_there_is_allowed_and_is_set_aside_once(buffer: Buffer) -> None:
    count = buffer.top_up
    assert buffer.shared is not None
    assert 0 <= count <= min(buffer.shared.quantity, max(buffer.missing, 0))
    assert count == 0 or count <= buffer.allowed - buffer.lent
    if buffer.row.ceiling is not None:
        assert buffer.row.quantity + count <= buffer.row.ceiling
    after = moved(buffer, count)
    assert after.top_up == 0
    if count:
        assert after.give_back(NOW, END) == 0
    assert (after.missing > 0) == (after.state is not State.ENOUGH)


@settings(max_examples=300, deadline=None)
@given(buffers())
def test_only_what_came_as_buffer_and_is_not_needed_goes_back_and_once(buffer: Buffer) -> None:
    count = buffer.give_back(NOW, END)
    assert 0 <= count <= buffer.lent
    if count:
        after = moved(buffer, -count)
        assert after.set_aside >= (after.needed or 0)
        assert (after.top_up, after.give_back(NOW, END)) == (0, 0)
