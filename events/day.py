"""The day of an event: the one place that says which day that is, and when it is over.

It begins with the midnight of the date on which the event starts, on the venue's own clock, and lasts until
the event ends: past midnight for a night, over all its days for a festival. An event without an end
lasts until its date is over; an all-day one that closes past midnight, until it closes.

The SQL twin is ``events_day`` (events/sql/events_day.sql).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Day:
    """From (included) and until (excluded), both in UTC."""

    start: datetime
    end: datetime


def event_day(
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    all_day: bool,
    opens_at: time | None,
    closes_at: time | None,
    zone: ZoneInfo,
) -> Day:
    first = starts_at.astimezone(zone).date()
    end = ends_at
    if end is None:
        closing = closes_at if all_day and closes_past_midnight(opens_at, closes_at) else None
        end = datetime.combine(first + timedelta(days=1), closing or time.min, zone)
    # In UTC: two moments of one zone are compared by its clock, which may show an hour twice.
    return Day(datetime.combine(first, time.min, zone).astimezone(UTC), end.astimezone(UTC))


def closes_past_midnight(opens_at: time | None, closes_at: time | None) -> bool:
    """Whether closing is on the next day: opening hours are 18:00 to 02:00."""
    return opens_at is not None and closes_at is not None and closes_at < opens_at
