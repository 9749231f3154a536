"""When the doors of an event are open, on the venue's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from boxoffice.doors import MAX_OPENINGS, Hours

BERLIN = ZoneInfo("Europe/Berlin")
LAST_DAY_OF_SUMMER_TIME = datetime(2026, 10, 24, tzinfo=BERLIN)


def hours(start: datetime, days: int, opens: time, closes: time) -> Hours:
    """An all-day event that lasts for some days of the calendar."""
    over = datetime.combine(start.date() + timedelta(days=days), time.min, BERLIN)
    if closes < opens:
        over = datetime.combine(over.date(), closes, BERLIN)
    return Hours(
        start.astimezone(UTC), over.astimezone(UTC), True, opens, closes, closes < opens, BERLIN
    )


def local(opening: tuple[datetime, datetime]) -> list[str]:
    return [f"{moment.astimezone(BERLIN):%d %H:%M}" for moment in opening]


def test_an_event_with_a_start_opens_once() -> None:
    start = datetime(2026, 6, 1, 18, tzinfo=UTC)
    one = Hours(start, start + timedelta(hours=3), False, None, None, False, BERLIN)
    for now in (start - timedelta(days=99), start, start + timedelta(days=99)):
        assert one.openings(now) == [(start, start + timedelta(hours=3))]


def test_opening_hours_keep_to_the_venues_clock_when_it_is_put_back() -> None:
    fair = hours(LAST_DAY_OF_SUMMER_TIME, 3, time(10), time(22))
    found = fair.openings(LAST_DAY_OF_SUMMER_TIME)
    assert [local(one) for one in found] == [
        ["24 10:00", "24 22:00"],
        ["25 10:00", "25 22:00"],
        ["26 10:00", "26 22:00"],
    ]
    assert [one.opens.hour for one in found] == [8, 9, 9]


def test_a_night_closes_on_the_next_day_and_the_last_one_with_the_event() -> None:
    club = hours(datetime(2026, 6, 1, tzinfo=BERLIN), 2, time(18), time(2))
    found = club.openings(datetime(2026, 6, 1, 12, tzinfo=BERLIN))
    assert [local(one) for one in found] == [["01 18:00", "02 02:00"], ["02 18:00", "03 02:00"]]
    # At one in the morning it is yesterday's night that is open.
    late = club.openings(datetime(2026, 6, 2, 1, tzinfo=BERLIN))
    assert local(late[0]) == ["01 18:00", "02 02:00"]


def test_of_a_season_the_next_days_are_named_and_the_last_one_before_them() -> None:
    season = hours(datetime(2026, 1, 1, tzinfo=BERLIN), 365, time(10), time(18))
    found = season.openings(datetime(2026, 6, 10, 20, tzinfo=BERLIN))
    assert len(found) == MAX_OPENINGS
    assert local(found[0]) == ["10 10:00", "10 18:00"]
    assert local(found[1]) == ["11 10:00", "11 18:00"]
    over = season.openings(datetime(2028, 1, 1, tzinfo=BERLIN))
    assert [local(one) for one in over] == [["31 10:00", "31 18:00"]]
    before = season.openings(datetime(2020, 1, 1, tzinfo=BERLIN))
    assert local(before[0]) == ["01 10:00", "01 18:00"]
