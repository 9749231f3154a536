"""When the doors of an event are open: what a screen counts down to. Reads no database and no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from events.models import Event

# A screen draws its page anew each hour; so many days are enough until then.
MAX_OPENINGS = 14


class Opening(NamedTuple):
    """From (included) and until (excluded), both in UTC."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """When an event is: a start and an end, or opening hours on each of its days."""

    starts_at: datetime
    over_at: datetime
    all_day: bool
    opens_at: time | None
    closes_at: time | None
    closes_on_next_day: bool
    zone: ZoneInfo

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(
            starts_at=event.starts_at,
            over_at=event.over_at,
            all_day=event.all_day,
            opens_at=event.opens_at,
            closes_at=event.closes_at,
            closes_on_next_day=event.closes_on_next_day,
            zone=event.venue.zone,
        )

    def openings(self, now: datetime) -> list[Opening]:
        """The next ones, soonest first, that which is open now and the last before among them."""
        if not self.all_day or self.opens_at is None or self.closes_at is None:
            return [Opening(self.starts_at, self.over_at)]
        days = list(self._days(now, self.opens_at, self.closes_at))
        coming = next((at for at, day in enumerate(days) if day.closes > now), len(days))
        return days[max(coming - 1, 0) :][:MAX_OPENINGS]

    def _days(self, now: datetime, opens_at: time, closes_at: time) -> Iterator[Opening]:
        """From the last days on: the first day of a season may be a year ago."""
        first = self.starts_at.astimezone(self.zone).date()
        last = (self.over_at - timedelta(microseconds=1)).astimezone(self.zone).date()
        ahead = timedelta(days=1 if self.closes_on_next_day else 0)
        today = now.astimezone(self.zone).date()
        day = min(max(first, today - timedelta(days=2)), last)
        until = max(first, today) + timedelta(days=MAX_OPENINGS)
        while day <= min(last, until):
            opens = self._at(day, opens_at)
            closes = min(self._at(day + ahead, closes_at), self.over_at)
            if opens < closes:
                yield Opening(opens, closes)
            day += timedelta(days=1)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
