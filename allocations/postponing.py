"""Another date for an event, and with it for what is timed by it: sales and drawing windows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from allocations import ledger
from allocations.models import Listing, Stock
from allocations.services import lock_event
from common.actor import Actor
from common.errors import InvalidInputError, NotFoundError
from common.history import save_because, update_because
from events.enums import EventStatus
from events.errors import EventStateError
from events.models import Event, Item
from events.shifting import Shift, require_order, require_storable

Owner = Event | Item | Listing | Stock

SALES_WINDOW = ("sales_from", "sales_until")
DRAWING_WINDOW = ("draws_from", "draws_until")


@dataclass(frozen=True, slots=True)
class Move:
    """One moment of an event or of what belongs to it, as it is and as it would be."""

    owner: Owner
    field: str
    before: datetime
    after: datetime


def plan_postponement(
    event: Event, starts_at: datetime, *, now: datetime, shift_windows: bool = True
) -> list[Move]:
    """What would move with the event to its new start; changes nothing.

    Its end moves as much as its start, on the venue's own clock. So do, with ``shift_windows``,
    the ends of windows that lie ahead; what is past is past. Raises as ``postpone_event``.
    """
    zone = event.venue.zone
    _require_postponable(event, starts_at, now)
    shift = Shift.between(event.starts_at, starts_at, zone)
    moves = [Move(event, "starts_at", event.starts_at, starts_at)]
    if event.ends_at is not None:
        moves.append(Move(event, "ends_at", event.ends_at, shift.move(event.ends_at)))
    if shift_windows:
        for owner in _timed(event):
            moves += _moved_window(owner, shift, now)
    for move in moves:
        require_storable(move.after, f"{move.owner}: {label_of(move.field)}", zone)
    ends_at = shift.move(event.ends_at)
    require_order(starts_at, ends_at, str(event), zone)
    return moves


def _require_postponable(event: Event, starts_at: datetime, now: datetime) -> None:
    zone = event.venue.zone
    if event.status == EventStatus.CANCELLED:
        raise EventStateError(
            "The event is cancelled and cannot be postponed.", event_status=event.status
        )
    if event.over_at <= now:
        raise EventStateError(
            f"The event was over on {event.over_at.astimezone(zone):%Y-%m-%d %H:%M}.",
            event_status=event.status,
        )
    if starts_at == event.starts_at:
        raise InvalidInputError("This is when the event starts already.", field="starts_at")
    if starts_at <= now:
        raise InvalidInputError("The new start is in the past.", field="starts_at")


def _timed(event: Event) -> Iterator[Owner]:
    yield event
    yield from event.items.order_by("position", "pk")
    yield from event.listings.select_related("item", "channel").order_by("pk")
    yield from event.stock.select_related("pool", "channel").order_by("pk")


def window_of(owner: Owner) -> tuple[str, str]:
    return DRAWING_WINDOW if isinstance(owner, Stock) else SALES_WINDOW


def _moved_window(owner: Owner, shift: Shift, now: datetime) -> list[Move]:
    first, last = window_of(owner)
    before = {field: getattr(owner, field) for field in (first, last)}
    after = {
        field: shift.move(moment) if moment is not None and moment > now else moment
        for field, moment in before.items()
    }
    require_order(after[first], after[last], f"{owner}: the window", shift.zone)
    return [
        Move(owner, field, before[field], after[field])
        for field in (first, last)
        if before[field] != after[field]
    ]


def label_of(field: str) -> str:
    """A timed column as people call it."""
    return field.removesuffix("_at").replace("_", " ")


def postpone_event(
    *,
    event_id: int,
    starts_at: datetime,
    by: Actor,
    reason: str,
    now: datetime,
    shift_windows: bool = True,
) -> list[Move]:
    """Move an event to another date. Bookings stay valid, holds stay; needs a transaction.

    Returns what has moved. Raises ``EventStateError`` for an event that is cancelled or over,
    ``InvalidInputError`` for a start in the past, or the present one, or one with which some
    window would end before it starts or leave the dates that may be stored, ``NotFoundError``.
    """
    try:
        event = lock_event(event_id)
    except Event.DoesNotExist:
        raise NotFoundError("There is no such event.") from None
    moves = plan_postponement(event, starts_at, now=now, shift_windows=shift_windows)
    moved: dict[Owner, list[str]] = defaultdict(list)
    for move in moves:
        setattr(move.owner, move.field, move.after)
        moved[move.owner].append(move.field)
    save_because(event, reason, by=by, fields=tuple(moved[event]))
    for model in (Item, Listing):
        parts = [owner for owner in moved if isinstance(owner, model)]
        update_because(parts, reason, by=by, fields=SALES_WINDOW)
    _set_terms([owner for owner in moved if isinstance(owner, Stock)], by, reason)
    return moves


def _set_terms(rows: Sequence[Stock], by: Actor, reason: str) -> None:
    ledger.set_terms({row.pk: ledger.Terms.of(row) for row in rows}, by=by, reason=reason)
