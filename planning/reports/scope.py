"""Which part of the house a report is about. Each report begins with this statement's events, and with no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from events.models import Venue

LONGEST_DAYS = 1_100

# The venues are those that the person may see; what is chosen beside them counts only within them.
EVENTS = """
WITH events AS (
    SELECT e.id, e.name, e.starts_at, e.status, e.series_id, e.venue_id, v.time_zone AS zone
      FROM events_event e JOIN events_venue v ON v.id = e.venue_id
     WHERE e.venue_id = ANY (%(venues)s::bigint[])
       AND (%(series)s::bigint IS NULL OR e.series_id = %(series)s)
       AND (%(event)s::bigint IS NULL OR e.id = %(event)s)
)"""

_OF_EVENTS = """
WITH events AS (
    SELECT e.id, e.starts_at, v.time_zone AS zone
      FROM events_event e JOIN events_venue v ON v.id = e.venue_id WHERE e.id = ANY (%(events)s::bigint[])
)"""


@dataclass(frozen=True, slots=True)
class Scope:
    """``first`` and ``last`` are days of each venue's own calendar. ``None``: all there are."""

    venues: Sequence[Venue]
    first: date
    last: date
    series_id: int | None = None
    event_id: int | None = None
    channel_id: int | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone that all venues share, else UTC."""
        zones = {venue.time_zone for venue in self.venues}
        return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    @property
    def values(self) -> dict[str, Any]:
        start, end = self._bounds()
        return {
            "venues": [venue.pk for venue in self.venues],
            "series": self.series_id,
            "event": self.event_id,
            "channel": self.channel_id,
            "first": self.first,
            "last": self.last,
            "start": start,
            "end": end,
        }

    def _bounds(self) -> tuple[datetime, datetime]:
        """No day of any venue begins earlier or ends later: one range of an index, whatever their zones."""
        zones = {venue.zone for venue in self.venues} or {ZoneInfo("UTC")}
        after = self.last + timedelta(days=1)
        return (
            min(datetime.combine(self.first, time.min, zone) for zone in zones),
            max(datetime.combine(after, time.min, zone) for zone in zones),
        )

    def read(self, statement: str, **more: object) -> list[tuple[Any, ...]]:
        """The rows of a statement that goes on from ``EVENTS``."""
        with connection.cursor() as cursor:
            cursor.execute(EVENTS + statement, self.values | more)
            return list(cursor.fetchall())

    def read_of(self, events: Sequence[int], statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement about these events, and of any day; nothing but the channel bounds it."""
        values: dict[str, Any] = {
            "events": events,
            "channel": self.channel_id,
            "first": "-infinity",
            "last": "infinity",
            "start": "-infinity",
            "end": "infinity",
        }
        with connection.cursor() as cursor:
            cursor.execute(_OF_EVENTS + statement, values)
            return list(cursor.fetchall())
