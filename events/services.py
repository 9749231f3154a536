"""Changes of an event's status. Each needs a transaction, and locks the event first."""

from django.db import IntegrityError

from common.actor import Actor
from common.after_commit import after_commit
from common.errors import NotFoundError
from common.history import save_because
from common.refusals import constraint_name
from events.enums import EventStatus
from events.errors import EventStateError, NothingToSellError, NotReadyError
from events.live import announce_setup
from events.models import Event, Item

# Where each step may start. A cancelled event stays cancelled.
CAN_BE_PUBLISHED = frozenset({EventStatus.DRAFT, EventStatus.PAUSED, EventStatus.CLOSED})
CAN_BE_PAUSED = frozenset({EventStatus.ON_SALE})
CAN_BE_CLOSED = frozenset({EventStatus.ON_SALE, EventStatus.PAUSED})
# Raised by golive_event_is_ready() in the database, for every door.
NOT_READY = "event_on_sale_when_ready"
CAN_BE_CANCELLED = frozenset(EventStatus) - {EventStatus.CANCELLED}


def publish_event(*, event_id: int, by: Actor, reason: str) -> Event:
    """Put an event on sale: a draft, or one that was paused or closed.

    Raises ``NothingToSellError`` while no item takes from a pool, ``EventStateError`` for any
    other state, ``NotReadyError`` where the venue waits for the go-live checklist, ``NotFoundError``.
    """
    event = _lock(event_id, CAN_BE_PUBLISHED, "put on sale")
    require_something_to_sell(event)
    try:
        return _move(event, EventStatus.ON_SALE, by, reason)
    except IntegrityError as error:
        if constraint_name(error) != NOT_READY:
            raise
        raise NotReadyError(
            "The event is not ready: its go-live checklist has to be run and signed, and nothing changed since."
        ) from error


def require_something_to_sell(event: Event) -> None:
    """Raises ``NothingToSellError`` while no item of the event takes from a pool."""
    if not Item.objects.filter(event=event, components__isnull=False).exists():
        raise NothingToSellError(
            "Nothing could be sold: the event needs an item, and the item a pool to take from."
        )


def pause_event(*, event_id: int, by: Actor, reason: str) -> Event:
    """Stop new sales for a while; holds may still be confirmed. Raises as ``publish_event``."""
    event = _lock(event_id, CAN_BE_PAUSED, "paused")
    return _move(event, EventStatus.PAUSED, by, reason)


def close_event(*, event_id: int, by: Actor, reason: str) -> Event:
    """End the sale; holds may still be confirmed. Raises as ``publish_event``."""
    event = _lock(event_id, CAN_BE_CLOSED, "closed")
    return _move(event, EventStatus.CLOSED, by, reason)


def mark_cancelled(*, event_id: int, by: Actor, reason: str) -> Event:
    """End an event for good. What becomes of its bookings is for ``sales.cancellation``.

    Raises ``EventStateError`` when it is cancelled already, ``NotFoundError``.
    """
    event = _lock(event_id, CAN_BE_CANCELLED, "cancelled once more")
    return _move(event, EventStatus.CANCELLED, by, reason)


def _lock(event_id: int, allowed: frozenset[EventStatus], step: str) -> Event:
    event = Event.objects.select_for_update(no_key=True, of=("self",)).filter(pk=event_id).first()
    if event is None:
        raise NotFoundError("There is no such event.")
    if event.status not in allowed:
        state = str(EventStatus(event.status).label).lower()
        raise EventStateError(
            f"The event is {state} and cannot be {step}.", event_status=event.status
        )
    return event


def _move(event: Event, status: EventStatus, by: Actor, reason: str) -> Event:
    event.status = status
    save_because(event, reason, by=by, fields=("status",))
    after_commit(lambda: announce_setup([event.pk]))
    return event
