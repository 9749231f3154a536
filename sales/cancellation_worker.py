"""Ending the bookings of cancelled events, in batches, until none is left.

Whatever is killed when, what is still to be done is read from the bookings themselves: those of a
cancelled event that are on hold, and those confirmed that are to be refunded.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import StockRefusedError
from allocations.setup import EventSetup, setup_of
from common.actor import Actor
from common.patience import BRIEFLY_MS
from common.worker import ask_worker
from events.models import Event
from sales import blocks
from sales.entries import Counted, entries_for
from sales.enums import BookingStatus, Fate
from sales.models import BookingLine, EventCancellation

logger = logging.getLogger(__name__)

BATCH = 500
TASK = "sales.tasks.settle_cancelled_events"


@dataclass(frozen=True, slots=True)
class Open:
    """A booking that is still to be ended."""

    id: int
    channel_id: int
    status: str

    @property
    def is_hold(self) -> bool:
        return self.status == BookingStatus.ON_HOLD


@dataclass(frozen=True, slots=True)
class Round:
    """What a batch did, and the booking before which the next one goes on; ``None``: none left."""

    ended: int
    before: int | None


def ask_for_settling() -> None:
    """Have a worker begin at once."""
    ask_worker(TASK, queue="sales")


def unfinished() -> list[int]:
    """The cancellations that have bookings left to settle, the oldest first."""
    cancellations = EventCancellation.objects.filter(finished_at=None).order_by("pk")
    return list(cancellations.values_list("pk", flat=True))


def settle(cancellation_id: int, *, before: int | None = None, batch: int | None = None) -> Round:
    """End up to ``batch`` bookings of a cancelled event, newest first, from ``before`` down.

    Any number of processes may do this at once; one works on an event at a time. A booking that
    somebody else is changing, or that disagrees with its stock, is passed over and holds up no
    other: at the end of a walk the next one begins anew, until nothing is left. Raises
    ``OperationalError`` when its stock is locked for longer than it waits (common/patience.py).
    """
    with transaction.atomic(durable=True):
        cancellation = (
            EventCancellation.objects.select_for_update(skip_locked=True)
            .filter(pk=cancellation_id, finished_at=None)
            .first()
        )
        if cancellation is None:
            return Round(0, None)
        refunding = list(
            cancellation.settlements.filter(fate=Fate.REFUND).values_list("channel_id", flat=True)
        )
        bookings = _open_bookings(cancellation.event_id, refunding, before, batch or BATCH)
        if not bookings:
            _finish(cancellation, refunding)
            return Round(0, None)
        return Round(_end(cancellation, bookings), bookings[-1].id)


_OPEN = (
    " FROM sales_booking WHERE event_id = %(event)s AND (status = 'ON_HOLD'"
    " OR status = 'CONFIRMED' AND channel_id = ANY (%(refunding)s::bigint[]))"
)

_LEASED = " FROM sales_block WHERE event_id = %(event)s AND status = 'ACTIVE'"


def _open_bookings(
    event_id: int, refunding: list[int], before: int | None, batch: int
) -> list[Open]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, channel_id, status {_OPEN}"
            " AND (%(before)s::bigint IS NULL OR id < %(before)s)"
            " ORDER BY id DESC LIMIT %(batch)s FOR UPDATE SKIP LOCKED",
            {"event": event_id, "refunding": refunding, "before": before, "batch": batch},
        )
        return [Open(*row) for row in cursor.fetchall()]


def end_leases(cancellation_id: int) -> int:
    """Hand back what leases and named holds of a cancelled event have left; how many ended."""
    events = EventCancellation.objects.filter(pk=cancellation_id).values_list("event_id", flat=True)
    return sum(blocks.hand_back_due(event_id=event_id) for event_id in events)


def _finish(cancellation: EventCancellation, refunding: list[int]) -> None:
    """Nothing is left when nothing is there, locked by somebody or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT {_OPEN}) OR EXISTS (SELECT {_LEASED})",
            {"event": cancellation.event_id, "refunding": refunding},
        )
        if cursor.fetchone()[0]:
            return
    EventCancellation.objects.filter(pk=cancellation.pk).update(finished_at=Now())
    logger.info("All bookings of the cancelled event %s are settled.", cancellation.event_id)


def _end(cancellation: EventCancellation, bookings: Sequence[Open]) -> int:
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line in BookingLine.objects.filter(booking_id__in=[booking.id for booking in bookings]):
        lines[line.booking_id].append((line.item_id, -line.kept))
    version = Event.objects.values_list("config_version", flat=True)
    setup = setup_of(cancellation.event_id, version.get(pk=cancellation.event_id))
    groups = {booking: _group(setup, booking, lines[booking.id]) for booking in bookings}
    planned = {booking: group for booking, group in groups.items() if group is not None}
    posting = ledger.post(
        list(planned.values()),
        by=Actor(cancellation.user_id),
        reason=cancellation.reason,
        patience_ms=BRIEFLY_MS,
    )
    ended = []
    for booking, verdict in zip(planned, posting.verdicts, strict=True):
        if verdict is None:
            ended.append(booking)
        elif isinstance(verdict, StockRefusedError):
            logger.error("Booking %s cannot be settled: %s", booking.id, verdict)
    _mark(cancellation, ended)
    return len(ended)


def _group(
    setup: EventSetup, booking: Open, lines: Sequence[tuple[int, int]]
) -> ledger.Group | None:
    try:
        entries = entries_for(
            setup, booking.channel_id, lines, Counted.HELD if booking.is_hold else Counted.SOLD
        )
    except LookupError:
        logger.exception("Booking %s cannot be settled.", booking.id)
        return None
    return ledger.Group(
        MovementKind.RELEASE if booking.is_hold else MovementKind.REFUND,
        entries,
        document_kind=DocumentKind.BOOKING,
        document_id=booking.id,
        event_id=setup.id,
        config_version=setup.config_version,
    )


def _mark(cancellation: EventCancellation, ended: Sequence[Open]) -> None:
    """Mark what the ledger has accepted, and count it, in the one statement that follows it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH ended AS (
                UPDATE sales_booking
                   SET status = 'CANCELLED', expires_at = NULL, end_reason = %(reason)s,
                       ended_at = clock_timestamp(), updated_at = clock_timestamp()
                 WHERE id = ANY (%(ended)s::bigint[])
                RETURNING id, channel_id, confirmed_at IS NULL AS was_hold
            ), given_back AS (
                UPDATE sales_bookingline l SET refunded = l.quantity
                  FROM ended WHERE l.booking_id = ended.id AND NOT ended.was_hold
            )
            UPDATE sales_channelsettlement s
               SET released = s.released + n.holds, refunded = s.refunded + n.sales
              FROM (SELECT channel_id, count(*) FILTER (WHERE was_hold) AS holds,
                           count(*) FILTER (WHERE NOT was_hold) AS sales
                      FROM ended GROUP BY channel_id) n
             WHERE s.cancellation_id = %(cancellation)s AND s.channel_id = n.channel_id
            """,
            {
                "reason": cancellation.reason,
                "ended": [booking.id for booking in ended],
                "cancellation": cancellation.pk,
            },
        )
