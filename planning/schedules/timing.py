"""When a scheduled report is due, on the venue's own clock, and which days it is then about."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from planning.enums import Frequency, Period
from planning.models import ReportSchedule


def next_due(schedule: ReportSchedule, after: datetime) -> datetime:
    """The first moment later than ``after``.

    Each day has one: of a time that the clocks show twice the first, and what they skip comes as much later as they skip.
    """
    return next(moment for moment in _moments(schedule, after) if moment > after)


def latest_due(schedule: ReportSchedule, first: datetime, now: datetime) -> datetime:
    """The last one that is due: while nobody worked, several may have passed. ``first`` is due."""
    due = first
    for moment in _moments(schedule, first):
        if moment > now:
            break
        due = max(due, moment)
    return due


def _moments(schedule: ReportSchedule, after: datetime) -> Iterator[datetime]:
    zone = schedule.venue.zone
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if _is_day(schedule, day):
            yield datetime.combine(day, schedule.at, zone).astimezone(UTC)
        day += timedelta(days=1)


def _is_day(schedule: ReportSchedule, day: date) -> bool:
    match schedule.frequency:
        case Frequency.WEEKLY:
            return day.weekday() == schedule.weekday
        case Frequency.MONTHLY:
            last = calendar.monthrange(day.year, day.month)[1]
            return day.day == min(schedule.day_of_month or 1, last)
    return True


def days_of(period: str, day: date) -> tuple[date, date]:
    """The first and the last day that a report is about that is due on ``day``."""
    before = day - timedelta(days=1)
    match period:
        case Period.WEEK:
            return day - timedelta(days=7), before
        case Period.THIRTY:
            return day - timedelta(days=30), before
        case Period.MONTH:
            last = day.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case Period.COMING:
            return day, day + timedelta(days=30)
    return before, before
