"""The day of an event: one rule in Python and one in SQL, and all that is timed by it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from events.day import event_day
from events.models import Event
from events.selectors import not_over
from tests.factories import make_event, make_venue

pytestmark = pytest.mark.django_db

# With a midnight that is shown twice, one that is skipped, a change of half an hour, a day that was left out.
ZONES = [
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Atlantic/Azores",
    "America/Asuncion",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
KOLKATA = ZoneInfo("Asia/Kolkata")
CHANGES = [  # an hour or more before and after which the clocks of some zone change
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2024, 10, 6, 4, tzinfo=UTC),
    datetime(2024, 3, 24, 3, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
]
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
starts = st.one_of(
    st.datetimes(datetime(2001, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-3_000, 3_000),
    ),
)


@given(
    start=starts,
    lasts=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=5)),
    all_day=st.booleans(),
    hours=st.tuples(st.none() | clocks, st.none() | clocks),
    until=st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=6)),
    zone=st.sampled_from(ZONES),
)
def test_python_and_sql_name_the_same_day_and_end_of_sales(
    start: datetime, lasts: Any, all_day: bool, hours: Any, until: Any, zone: str
) -> None:
    event = make_like(start, lasts, all_day=all_day, hours=hours)
    day = event_day(**event, zone=ZoneInfo(zone))
    sales_until = None if until is None else start + until
    columns = [*event.values(), zone]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(day), upper(day), events_sales_close(%s, %s, %s, %s, %s, %s, %s)"
            " FROM events_day(%s, %s, %s, %s, %s, %s) AS day",
            [sales_until, *columns, *columns],
        )
        said = cursor.fetchone()
    assert said == (day.start, day.end, min(sales_until or day.end, day.end))


def make_like(start: datetime, lasts: Any, *, all_day: bool, hours: Any) -> dict[str, Any]:
    return {
        "starts_at": start,
        "ends_at": None if lasts is None else start + lasts,
        "all_day": all_day,
        "opens_at": hours[0],
        "closes_at": hours[1],
    }


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=KOLKATA)


NIGHT: dict[str, Any] = {"starts_at": at(5, 22), "ends_at": at(6, 4)}
FESTIVAL: dict[str, Any] = {"starts_at": at(5, 14), "ends_at": at(7, 23)}
LATE_BAR: dict[str, Any] = {
    "starts_at": at(5, 0),
    "all_day": True,
    "opens_at": time(18, 0),
    "closes_at": time(2, 0),
}


@pytest.mark.parametrize(
    ("dates", "begins", "ends"),
    [
        ({"starts_at": at(5, 19)}, at(5, 0), at(6, 0)),
        (NIGHT, at(5, 0), at(6, 4)),
        (FESTIVAL, at(5, 0), at(7, 23)),
        (LATE_BAR, at(5, 0), at(6, 2)),
        ({**LATE_BAR, "opens_at": time(10), "closes_at": time(18)}, at(5, 0), at(6, 0)),
        ({**LATE_BAR, "ends_at": at(8, 2)}, at(5, 0), at(8, 2)),
    ],
    ids=["evening", "night", "festival", "late bar", "museum", "nights of a festival"],
)
def test_a_day_lasts_from_its_first_midnight_until_the_event_is_over(
    dates: dict[str, Any], begins: datetime, ends: datetime
) -> None:
    event = make_event(make_venue(time_zone="Asia/Kolkata"), **dates)
    event.refresh_from_db()
    assert (event.day.start, event.day.end) == (begins, ends)
    moment = timedelta(microseconds=1)
    todays = (begins, ends - moment, ends)
    assert [Event.objects.filter(not_over(now)).exists() for now in todays] == [True, True, False]


def test_sales_end_with_the_event_whatever_the_window_says() -> None:
    event = make_event(**NIGHT, sales_until=at(9, 0))
    assert event.sales_close == at(6, 4)
    event.sales_until = at(6, 1)
    assert event.sales_close == at(6, 1)


def test_opening_hours_of_no_length_are_refused() -> None:
    hours = {**LATE_BAR, "closes_at": LATE_BAR["opens_at"]}
    with (
        pytest.raises(IntegrityError, match="event_all_day_has_opening_hours"),
        transaction.atomic(),
    ):
        make_event(**hours)
