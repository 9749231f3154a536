"""Another date for an event, and with it for what is timed by it: sales, drawing, going back."""

from collections import defaultdict
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allocations import ledger
from allocations.approval import judged
from allocations.consequences import of_terms, of_windows
from allocations.ledger import Terms
from allocations.models import Listing, Stock
from allocations.plans.reschedule import Following, work_out
from allocations.plans.services import record_version
from allocations.services import lock_event
from common import text
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.errors import InvalidInputError, NotFoundError
from common.history import save_because, update_because
from events import consequences
from events.enums import EventStatus
from events.errors import EventStateError
from events.models import Event, Item
from events.shifting import Shift, require_order, require_storable

Owner = Event | Item | Listing | Stock

SALES_WINDOW = ("sales_from", "sales_until")
DRAWING_WINDOW = ("draws_from", "draws_until")
TIMED_TERMS = (*DRAWING_WINDOW, "releases_at")


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
    the ends of windows that lie ahead; what is past is past. What a plan in force derives from the
    event's dates follows them either way. Raises as ``postpone_event``.
    """
    return _postponement(event, starts_at, now, shift_windows=shift_windows)[0]


def moved_along(event: Event, starts_at: datetime, moment: datetime) -> datetime:
    """The moment as much later, on the venue's clock, as the event would start."""
    return Shift.between(event.starts_at, starts_at, event.venue.zone).move(moment)


def _postponement(
    event: Event, starts_at: datetime, now: datetime, *, shift_windows: bool
) -> tuple[list[Move], Following]:
    zone = event.venue.zone
    _require_postponable(event, starts_at, now)
    shift = Shift.between(event.starts_at, starts_at, zone)
    moves = [Move(event, "starts_at", event.starts_at, starts_at)]
    if event.ends_at is not None:
        moves.append(Move(event, "ends_at", event.ends_at, shift.move(event.ends_at)))
    if shift_windows:
        for owner in _sold_by_time(event):
            moves += _moved_window(owner, shift, now)
    for move in moves:
        require_storable(move.after, f"{move.owner}: {label_of(move.field)}", zone)
    require_order(starts_at, shift.move(event.ends_at), str(event), zone)

    def ahead(moment: datetime) -> datetime:
        return shift.move(moment) if moment > now else moment

    following = work_out(
        event, _moved(event, moves), field="starts_at", move=ahead if shift_windows else None
    )
    moves += _moved_terms(event, following, shift)
    return moves, following


def of_moves(event: Event, moves: list[Move], now: datetime) -> list[str]:
    """What a postponement would set off at once, in sentences."""
    terms: dict[int, Terms] = {}
    windows: dict[Item | Listing, dict[str, datetime]] = defaultdict(dict)
    for move in moves:
        if isinstance(move.owner, Stock):
            known = terms.get(move.owner.pk) or Terms.of(move.owner)
            moment: dict[str, Any] = {move.field: move.after}
            terms[move.owner.pk] = replace(known, **moment)
        elif not isinstance(move.owner, Event):
            windows[move.owner][move.field] = move.after
    after = _moved(event, moves)
    parts = [
        (
            str(part),
            tuple(getattr(part, name) for name in SALES_WINDOW),
            tuple(moved.get(name, getattr(part, name)) for name in SALES_WINDOW),
        )
        for part, moved in windows.items()
    ]
    return [
        *consequences.of_dates(event, after, now),
        *of_windows(parts, after, now),
        *of_terms(after, terms, now),
    ]


def _moved(event: Event, moves: list[Move]) -> Event:
    """The event as it would be; the event itself stays as it is."""
    after = copy(event)
    for move in moves:
        if move.owner is event:
            setattr(after, move.field, move.after)
    return after


def _moved_terms(event: Event, following: Following, shift: Shift) -> Iterator[Move]:
    rows = event.stock.filter(pk__in=list(following.terms)).select_related("pool", "channel")
    for row in rows.order_by("pk"):
        terms = following.terms[row.pk]
        require_order(terms.draws_from, terms.draws_until, f"{row}: the window", shift.zone)
        for field in TIMED_TERMS:
            before, after = getattr(row, field), getattr(terms, field)
            if before != after:
                require_storable(after, f"{row}: {label_of(field)}", shift.zone)
                yield Move(row, field, before, after)


def _require_postponable(event: Event, starts_at: datetime, now: datetime) -> None:
    zone = event.venue.zone
    if event.status == EventStatus.CANCELLED:
        raise EventStateError(
            "The event is cancelled and cannot be postponed.", event_status=event.status
        )
    if event.over_at <= now:
        raise EventStateError(
            f"The event was over on {text.moment(event.over_at, zone)}.",
            event_status=event.status,
        )
    if starts_at == event.starts_at:
        raise InvalidInputError("The event starts at this time already.", field="starts_at")
    if starts_at <= now:
        raise InvalidInputError("The new start is in the past.", field="starts_at")


def _sold_by_time(event: Event) -> Iterator[Event | Item | Listing]:
    yield event
    yield from event.items.order_by("position", "pk")
    yield from event.listings.select_related("item", "channel").order_by("pk")


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
    if field == "releases_at":
        return "unsold goes back"
    return field.removesuffix("_at").replace("_", " ")


# What partners read of their terms. Why it has moved is the venue's own, and in the event's history.
MOVED = "The event has moved to another date."


def postpone_event(
    *,
    event_id: int,
    starts_at: datetime,
    by: Actor,
    reason: str,
    now: datetime,
    shift_windows: bool = True,
    as_shown: AsShown = nothing_shown,
) -> list[Move]:
    """Move an event to another date. Bookings stay valid, holds stay; needs a transaction.

    A plan in force with moments of its own that move goes on as its next version. Returns what has
    moved. Raises ``EventStateError`` for an event that is cancelled or over, ``InvalidInputError``
    for a start in the past, or the present one, or one with which some window would end before it
    starts, leave the dates that may be stored, or be led nowhere by its plan, ``NotFoundError``,
    ``NeedsApprovalError`` for what another person has to approve, and what ``as_shown`` raises.
    """
    try:
        event = lock_event(event_id)
    except Event.DoesNotExist:
        raise NotFoundError("There is no such event.") from None
    as_shown({"starts_at": event.starts_at})
    moves, following = _postponement(event, starts_at, now, shift_windows=shift_windows)
    moved: dict[Owner, list[str]] = defaultdict(list)
    for move in moves:
        setattr(move.owner, move.field, move.after)
        moved[move.owner].append(move.field)
    with judged():
        save_because(event, reason, by=by, fields=tuple(moved[event]))
    for model in (Item, Listing):
        parts = [owner for owner in moved if isinstance(owner, model)]
        update_because(parts, reason, by=by, fields=SALES_WINDOW)
    for pool, spec in following.versions:
        record_version(pool=pool, spec=spec, by=by, reason=MOVED, now=now)
    ledger.set_terms(following.terms, by=by, reason=MOVED)
    return moves
