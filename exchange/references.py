"""What the rows of a file name, read at once for all of them and bounded by the person's venues."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import Listing, SalesChannel
from allocations.plans.spec import PlanSpec
from common.names import name_key
from events.models import Event, Item, Pool, Series, Venue
from exchange.base import Key, Wrong
from exchange.cell_types import excerpt

EventKey = tuple[str, str, datetime]


class References:
    """Objects by their natural keys: those that exist, and those that earlier rows will make.

    With ``lock``, what may be changed is locked as it is read, so that a plan made of it holds.
    The events are locked before (``exchange.locks``): here it is for those that came meanwhile.
    """

    def __init__(self, user: User, *, lock: bool = False) -> None:
        self.user = user
        self._lock = lock
        self.venues: dict[str, Venue] = {}
        self.series: dict[tuple[str, str], Series] = {}
        self.channels: dict[tuple[str, str], SalesChannel] = {}
        self.events: dict[EventKey, list[Event]] = {}
        self.parts: dict[type[Model], dict[Key, Any]] = {Pool: {}, Item: {}, Listing: {}}
        self.plans: dict[int, PlanSpec] = {}  # pool → what its plan in force says
        self.replanned: set[int] = set()  # pools that the file gives another plan
        self.capacities: dict[Key, int] = {}  # pool's key → as the file sets it
        self._read: set[EventKey] = set()
        self._parts_read: dict[type[Model], set[int]] = {Pool: set(), Item: set(), Listing: set()}

    # --- Venues and what hangs on them ------------------------------------------------------

    def load_venues(self, slugs: Iterable[str]) -> None:
        venues = Venue.objects.filter(within_venues(self.user, "pk"), slug__in=set(slugs))
        self.venues = {venue.slug: venue for venue in venues}

    def venue(self, slug: str) -> Venue:
        """Raises ``Wrong`` alike for another's venue and for none."""
        if (venue := self.venues.get(slug)) is None:
            raise Wrong("venue", f"There is no venue {excerpt(slug)}.")
        return venue

    def zone(self, slug: str) -> ZoneInfo | None:
        """The venue's zone, as the file leaves it; ``None`` for a venue that is not there."""
        venue = self.venues.get(slug)
        try:
            return venue.zone if venue else None
        except (ValueError, OSError, KeyError):
            return None  # the venue's own row says what is wrong with it

    def load_series(self) -> None:
        if not self.series:
            rows = Series.objects.filter(venue__in=self._saved_venues())
            self.series = {
                (series.venue.slug, name_key(series.name)): series for series in self._shared(rows)
            }

    def load_channels(self, *, change: bool = False) -> None:
        if not self.channels or change:
            channels: QuerySet[SalesChannel] = SalesChannel.objects.filter(
                venue__in=self._saved_venues()
            )
            if change:
                channels = self._locked(channels)
            self.channels = {
                (channel.venue.slug, channel.code): channel for channel in self._shared(channels)
            }

    def channel(self, slug: str, code: str) -> SalesChannel:
        if (channel := self.channels.get((slug, code))) is None:
            raise Wrong("channel", f"The venue has no channel {excerpt(code)}.")
        return channel

    def _saved_venues(self) -> list[int]:
        return [venue.pk for venue in self.venues.values() if venue.pk]

    def _shared(self, rows: QuerySet[Any]) -> Iterable[Any]:
        """The rows, with the venue that the file's own rows change."""
        by_pk = {venue.pk: venue for venue in self.venues.values()}
        for row in rows:
            row.venue = by_pk[row.venue_id]
            yield row

    # --- Events and their parts -------------------------------------------------------------

    def load_events(self, keys: Iterable[EventKey]) -> None:
        new_keys = set(keys) - self._read
        self._read |= new_keys
        if not new_keys:
            return
        events = Event.objects.filter(
            venue__in=self._saved_venues(),
            name__in={name for _slug, name, _moment in new_keys},
            starts_at__in={moment for _slug, _name, moment in new_keys},
        ).select_related("series")
        for event in self._shared(self._locked(events)):
            key = (event.venue.slug, event.name, event.starts_at)
            if key in new_keys:
                self.events.setdefault(key, []).append(event)

    def event_ids(self) -> frozenset[int]:
        """Of those that were read; events that the file makes have none."""
        return frozenset(
            event.pk for events in self.events.values() for event in events if event.pk
        )

    def event(self, key: EventKey) -> Event:
        events = self.events.get(key, [])
        if not events:
            raise Wrong("event", "The venue has no event of this name that starts then.")
        if len(events) > 1:
            raise Wrong(
                "event",
                f"The venue has {len(events)} events of this name that start then: the file cannot "
                "tell them apart.",
            )
        return events[0]

    def load_parts(self, model: type[Model], keys: Iterable[EventKey], rows: QuerySet[Any]) -> None:
        """Read pools, items or listings of events into ``parts``, by event and own key."""
        events = {event.pk: event for key in keys for event in self.events.get(key, []) if event.pk}
        fresh = events.keys() - self._parts_read[model]
        self._parts_read[model] |= fresh
        for part in rows.filter(event__in=fresh) if fresh else ():
            part.event = event = events[part.event_id]
            self.parts[model][self._key_of(event, part)] = part

    @staticmethod
    def _key_of(event: Event, part: Any) -> Key:
        own: Key
        if isinstance(part, Listing):
            own = (name_key(part.item.name), part.channel.code)
        else:
            own = (name_key(part.name),)
        return (event.venue.slug, event.name, event.starts_at, *own)

    def _locked(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self._lock:
            return rows
        return rows.select_for_update(no_key=True, of=("self",)).order_by("pk")


def saved(plans: Sequence[Any]) -> list[int]:
    """The keys of those targets that are in the database already."""
    return [planned.target.pk for planned in plans if planned.target.pk]
