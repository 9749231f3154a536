"""Reads of events that more than one page needs."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from events.enums import EventStatus
from events.models import Event, Venue

# What a venue has on offer, or will have again.
RUNNING = (EventStatus.ON_SALE, EventStatus.PAUSED)


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight that began the present day on the zone's clock."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def not_over(now: datetime, zone: ZoneInfo, path: str = "") -> Q:
    """Events of a zone that have not ended; one without an end lasts until its day is over.

    ``path`` leads from the filtered model to the event: ``event__`` for a listing.
    """
    return Q(**{f"{path}ends_at__gt": now}) | Q(
        **{f"{path}ends_at": None, f"{path}starts_at__gte": day_start(now, zone)}
    )


def running_events(venue: Venue, now: datetime) -> QuerySet[Event]:
    """The venue's events that are on sale or paused and not over, soonest first."""
    return Event.objects.filter(not_over(now, venue.zone), venue=venue, status__in=RUNNING)
