"""In which state of selling an event is, since when, by whom and why: for its page, its boards and its banner.

``sales.rules`` decides each sale; whatever it refuses of the event as a whole is a state here (tests/sales/test_event_state.py).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from allocations.enums import Stopped
from allocations.models import Listing, SalesChannel, Stop
from allocations.setup import EventSetup
from events.enums import DECIDED, SELLING, EventStatus, SalesState
from events.models import Event, Item

# So many stopped parts are told with who stopped them; the others are counted.
MAX_TOLD = 5
MODELS: dict[Stopped, Any] = {
    Stopped.EVENT: Event,
    Stopped.ITEM: Item,
    Stopped.CHANNEL: SalesChannel,
    Stopped.LISTING: Listing,
}


class StoppedPart(NamedTuple):
    """A channel, item or listing that is stopped."""

    kind: Stopped
    pk: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventState:
    """``at``: since when it is so, or from when on it is not, where the clock decides. ``turns_at``: when the clock will next
    make it another.
    """

    state: SalesState
    at: datetime | None = None
    parts: tuple[StoppedPart, ...] = ()
    turns_at: datetime | None = None

    @property
    def sells(self) -> bool:
        return self.state in SELLING


def state_of(
    setup: EventSetup, over_at: datetime, now: datetime, channels: Collection[int] | None = None
) -> EventState:
    """``now`` is the database's clock, ``over_at`` when the event is over. ``channels``: those whose listings the person sees;
    ``None``: all. Reads nothing.
    """
    if channels is not None:
        setup = _seen(setup, channels)
    edges = (setup.window.start, setup.window.end, over_at)
    turns_at = min((edge for edge in edges if edge is not None and edge > now), default=None)
    parts = tuple(_stopped_parts(setup))
    state, at = _state(setup, over_at, now, parts)
    if state not in (SalesState.PARTLY_STOPPED, SalesState.ALL_STOPPED):
        parts = ()
    return EventState(state, at, parts, turns_at)


def _seen(setup: EventSetup, channels: Collection[int]) -> EventSetup:
    listings = {key: entry for key, entry in setup.listings.items() if entry.channel_id in channels}
    items = {entry.item_id for entry in listings.values()}
    return replace(
        setup,
        channels={pk: entry for pk, entry in setup.channels.items() if pk in channels},
        items={pk: entry for pk, entry in setup.items.items() if pk in items},
        listings=listings,
    )


def _state(
    setup: EventSetup, over_at: datetime, now: datetime, parts: tuple[StoppedPart, ...]
) -> tuple[SalesState, datetime | None]:
    """The first that holds: what somebody would have to change first, as ``sales.rules`` asks."""
    start, end = setup.window.start, setup.window.end
    of_status = {status: state for state, status in DECIDED.items()}.get(setup.status)
    is_cancelled = setup.status == EventStatus.CANCELLED
    in_order: tuple[tuple[bool, SalesState | None, datetime | None], ...] = (
        (is_cancelled, SalesState.CANCELLED, None),
        (now >= over_at, SalesState.OVER, over_at),
        (of_status is not None, of_status, None),
        (bool(setup.stop_reason), SalesState.STOPPED, None),
        (end is not None and now >= end, SalesState.SALES_OVER, end),
        (start is not None and now < start, SalesState.NOT_YET, start),
        (bool(parts) and _is_all_stopped(setup), SalesState.ALL_STOPPED, None),
        (bool(parts), SalesState.PARTLY_STOPPED, None),
    )
    return next(
        ((state, at) for holds, state, at in in_order if holds and state is not None),
        (SalesState.OPEN, None),
    )


def _stopped_parts(setup: EventSetup) -> Iterator[StoppedPart]:
    for channel in setup.channels.values():
        if channel.stop_reason:
            yield StoppedPart(Stopped.CHANNEL, channel.id, channel.name, channel.stop_reason)
    for item in setup.items.values():
        if item.stop_reason:
            yield StoppedPart(Stopped.ITEM, item.id, item.name, item.stop_reason)
    for listing in setup.listings.values():
        if listing.stop_reason:
            name = (
                f"{setup.items[listing.item_id].name} – {setup.channels[listing.channel_id].name}"
            )
            yield StoppedPart(Stopped.LISTING, listing.id, name, listing.stop_reason)


def _is_all_stopped(setup: EventSetup) -> bool:
    return all(
        listing.stop_reason
        or setup.items[listing.item_id].stop_reason
        or setup.channels[listing.channel_id].stop_reason
        for listing in setup.listings.values()
        if listing.is_on
    )


# --- Since when, by whom, why ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """Of a state, or of one of its stopped parts; what is not known is empty. ``part``: ``None`` for the event itself."""

    since: datetime | None = None
    person: str = ""
    reason: str = ""
    part: StoppedPart | None = None


def causes_of(setup: EventSetup, state: EventState) -> list[Cause]:
    """One for the event, or one for each stopped part of it, ``MAX_TOLD`` at most. Reads the history."""
    if state.state in DECIDED:
        return [_cause(Event, setup.id, "status", DECIDED[state.state])]
    if state.state == SalesState.STOPPED:
        return [_of_stop(Stopped.EVENT, setup.id, setup.stop_reason)]
    if state.parts:
        return [_of_stop(part.kind, part.pk, part.reason, part) for part in state.parts[:MAX_TOLD]]
    return [Cause(since=state.at)] if state.at else []


def _of_stop(kind: Stopped, pk: int, reason: str, part: StoppedPart | None = None) -> Cause:
    """The reason is the stop's own: while its target is locked, the history does not have it yet."""
    recorded = not Stop.objects.filter(kind=kind, target_id=pk, is_recorded=False).exists()
    cause = _cause(MODELS[kind], pk, "stop_reason", reason) if recorded else Cause()
    return Cause(cause.since, cause.person, reason, part)


def _cause(model: Any, pk: int, field: str, value: str) -> Cause:
    """The change by which the field got the value that it has had since."""
    records = model.history.filter(id=OuterRef("id")).exclude(**{field: value})
    before = Subquery(records.order_by("-history_id").values("history_id")[:1])
    change = (
        model.history.filter(id=pk, history_id__gt=Coalesce(before, Value(0)), **{field: value})
        .select_related("history_user")
        .order_by("history_id")
        .first()
    )
    if change is None:
        return Cause()
    person = str(change.history_user) if change.history_user else ""
    return Cause(change.history_date, person, change.history_change_reason or "")
