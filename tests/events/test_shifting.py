"""Moments that move along with an event, on the venue's own clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from common.errors import InvalidInputError
from events.shifting import Shift, require_order, require_storable

KOLKATA = ZoneInfo("Asia/Kolkata")
BERLIN = ZoneInfo("Europe/Berlin")  # summer time ends on 25 October 2026, begins on 28 March 2027


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shift(before: str, after: str, zone: ZoneInfo) -> Shift:
    return Shift.between(at(before, zone), at(after, zone), zone)


@pytest.mark.parametrize("zone", [KOLKATA, BERLIN], ids=str)
def test_a_time_of_the_day_stays_across_the_end_of_summer_time(zone: ZoneInfo) -> None:
    weeks = shift("2026-10-20T19:30", "2026-11-03T19:30", zone)
    assert weeks.move(at("2026-10-20T17:00", zone)) == at("2026-11-03T17:00", zone)


def test_in_utc_it_moves_by_an_hour_more_where_the_clocks_were_set_back() -> None:
    weeks = shift("2026-10-20T19:30", "2026-11-03T19:30", BERLIN)
    moved = weeks.move(datetime(2026, 10, 20, 17, 30, tzinfo=UTC))
    assert moved.astimezone(UTC) == datetime(2026, 11, 3, 18, 30, tzinfo=UTC)


def test_another_time_of_the_day_moves_all_by_as_much() -> None:
    later = shift("2026-10-20T19:30", "2026-10-21T21:00", KOLKATA)
    assert later.move(at("2026-10-20T09:15", KOLKATA)) == at("2026-10-21T10:45", KOLKATA)


def test_a_time_that_the_clocks_leave_out_becomes_the_one_that_they_show_then() -> None:
    week = shift("2027-03-21T19:30", "2027-03-28T19:30", BERLIN)
    moved = week.move(at("2027-03-21T02:30", BERLIN))
    assert moved.astimezone(UTC) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 there


def test_of_a_time_that_comes_twice_it_is_the_first() -> None:
    week = shift("2026-10-18T19:30", "2026-10-25T19:30", BERLIN)
    moved = week.move(at("2026-10-18T02:30", BERLIN))
    assert moved.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_what_is_not_set_stays_so() -> None:
    assert shift("2026-10-20T19:30", "2026-10-21T19:30", KOLKATA).move(None) is None


def test_a_moment_beyond_what_may_be_stored_is_refused_by_name() -> None:
    require_storable(None, "The sale", KOLKATA)
    with pytest.raises(InvalidInputError, match="The sale would be 1 Jun 2100, 10:00 IST"):
        require_storable(at("2100-06-01T10:00", KOLKATA), "The sale", KOLKATA)


def test_a_window_that_ends_before_it_begins_is_refused_with_both() -> None:
    early, late = at("2026-10-20T19:30", KOLKATA), at("2026-10-21T19:30", KOLKATA)
    require_order(early, late, "The sale", KOLKATA)
    require_order(None, late, "The sale", KOLKATA)
    with pytest.raises(InvalidInputError, match="on 21 Oct 2026, 19:30 IST and end on 20 Oct 2026"):
        require_order(late, early, "The sale", KOLKATA)
