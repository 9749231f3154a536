"""The set-up of one event again on other dates of its series.

Each copy is a draft of its own: pools, items, listings, limits, drawing terms, and if wished the
allocations, with every time as far from the start as in the original, on the venue's clock.
A plan in force is in force there too, else it waits as a draft. Bookings, stop-sells and what was
drawn are not copied.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from allocations.blueprint import Blueprint, Replica
from allocations.services import lock_event
from common import text
from common.actor import Actor
from common.errors import InvalidInputError, NotFoundError, RefusedError
from common.history import save_because
from events.enums import EventStatus
from events.errors import DateTakenError
from events.models import Event, Series, Venue
from events.shifting import require_storable

MAX_DATES = 60


def taken_starts(event: Event, starts: Sequence[datetime]) -> list[datetime]:
    """Those at which the series, or an event of the same name in the venue, has a date already.

    A cancelled date does not count: it may be set up anew.
    """
    # Without a series it would join that of its name.
    by_name = event.series_id is None
    series = Q(series__name=event.name) if by_name else Q(series_id=event.series_id)
    dates = (
        Event.objects.filter(
            series | Q(name=event.name), venue_id=event.venue_id, starts_at__in=starts
        )
        .exclude(status=EventStatus.CANCELLED)
        .values_list("starts_at", flat=True)
    )
    return sorted(set(dates))


def require_starts(event: Event, starts: Sequence[datetime], now: datetime) -> None:
    """Raises as ``copy_event`` for dates on which nothing can be, whatever is on them."""
    zone = event.venue.zone
    if not 1 <= len(starts) <= MAX_DATES:
        raise InvalidInputError(
            f"An event is copied to 1 to {MAX_DATES} dates at a time, not {len(starts)}.",
            field="starts",
        )
    if twice := sorted({date for date in starts if starts.count(date) > 1}):
        raise InvalidInputError(f"Named twice: {_listed(twice, event)}.", field="starts")
    for start in starts:
        require_storable(start, str(event), zone)
    if past := sorted(date for date in starts if date <= now):
        raise InvalidInputError(f"In the past: {_listed(past, event)}.", field="starts")
    if clashes := taken_starts(event, starts):
        raise DateTakenError(
            f"The series has an event already on {_listed(clashes, event)}.", field="starts"
        )


def plan_copies(
    event: Event, starts: Sequence[datetime], now: datetime, *, with_allocations: bool
) -> tuple[Blueprint, list[Event]]:
    """What the copies are made from, and the event of each, not saved. Raises as ``copy_event``."""
    require_starts(event, starts, now)
    blueprint = Blueprint.read(event)
    drafts = [blueprint.draft(start) for start in starts]
    for draft in drafts:
        blueprint.require_plans(draft, now, applied=with_allocations)
    return blueprint, drafts


def _listed(starts: Sequence[datetime], event: Event) -> str:
    return "; ".join(text.moment(start, event.venue.zone) for start in starts)


def copy_event(
    *,
    event_id: int,
    starts: Sequence[datetime],
    by: Actor,
    reason: str,
    now: datetime,
    with_allocations: bool = True,
) -> list[Event]:
    """Make a draft on each of the dates; all or none. Needs a transaction.

    An event without a series begins one of its own name, or joins the venue's series of that
    name. Without ``with_allocations`` a pool's units all lie in its general open row.

    A plan is applied as of ``now``: of what would have gone back by then nothing is given.

    Raises ``InvalidInputError`` for no or too many dates, one in the past, one named twice, or one
    with which a window leaves the dates that may be stored or a plan cannot be applied,
    ``DateTakenError`` with the dates that have an event, ``NotFoundError``.
    """
    source = Event.objects.select_related("venue", "series").filter(pk=event_id).first()
    if source is None:
        raise NotFoundError("There is no such event.")
    # The series first, and then its events, as a change of the series does. Who copies to the
    # same series at this moment waits here, and then sees our dates.
    series = _lock_series(source, by, reason)
    event = lock_event(event_id)
    if event.series_id not in {None, series.pk}:
        raise RefusedError("The event has just moved to another series. Try again.")
    if event.series_id is None:
        event.series = series
        save_because(event, reason, by=by, fields=("series",))
    blueprint, drafts = plan_copies(event, starts, now, with_allocations=with_allocations)
    return [
        Replica.make(blueprint, draft, by, reason, now).fill(with_allocations=with_allocations)
        for draft in drafts
    ]


def copy_to_venue(
    *,
    event_id: int,
    venue: Venue,
    channels: Mapping[int, int],
    by: Actor,
    reason: str,
    now: datetime,
) -> Event:
    """The same event, at the same time, as a draft of another venue, with its allocations. Needs a transaction.

    ``channels``: each channel of the original's venue and the one that stands for it. The event is of no series.
    Raises ``InvalidInputError`` when its plans cannot be applied as of ``now``, ``NotFoundError``.
    """
    event = Event.objects.select_related("venue").filter(pk=event_id).first()
    if event is None:
        raise NotFoundError("There is no such event.")
    lock_event(event_id)
    blueprint = Blueprint.read(event)
    draft = blueprint.draft(event.starts_at)
    draft.venue, draft.series = venue, None
    replica = Replica.make(blueprint, draft, by, reason, now, channels)
    return replica.fill(with_allocations=True)


def _lock_series(event: Event, by: Actor, reason: str) -> Series:
    series = event.series or _series_named(event, by, reason)
    return Series.objects.select_for_update(no_key=True).get(pk=series.pk)


def _series_named(event: Event, by: Actor, reason: str) -> Series:
    """The venue's series of the event's name, made if need be."""
    namesakes = Series.objects.filter(venue_id=event.venue_id, name=event.name)
    if series := namesakes.first():
        return series
    series = Series(venue=event.venue, name=event.name)
    try:
        with transaction.atomic():
            save_because(series, reason, by=by)
    except IntegrityError:  # somebody else began it at this moment
        return namesakes.get()
    return series
