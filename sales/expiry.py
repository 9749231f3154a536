"""Ending holds whose time is over."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import RowRefusal, StockRefusedError
from allocations.setup import EventSetup, setup_of
from common.actor import SYSTEM
from events.models import Event
from sales.entries import Counted, entries_for
from sales.models import BookingLine

logger = logging.getLogger(__name__)

BATCH = 500
# So many rounds of ending holds, or of waiting for who ends them, does a refused sale go through.
MOST_WAITS = 50


def expire_due(*, event_id: int | None = None, batch: int = BATCH) -> int:
    """End up to ``batch`` holds past their time, of one event or of all; returns how many ended.

    Any number of processes may do this at once: each takes rows that no other holds. What cannot
    be ended because the set-up changes at this moment is left for the next round; a hold that
    disagrees with its stock is logged and holds up no other.
    """
    with transaction.atomic(durable=True):
        return _expire(event_id, batch)


def _expire(event_id: int | None, batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, event_id, channel_id FROM sales_booking"
            " WHERE status = 'ON_HOLD' AND expires_at <= clock_timestamp()"
            " AND (%(event)s::bigint IS NULL OR event_id = %(event)s)"
            " ORDER BY expires_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED",
            {"event": event_id, "batch": batch},
        )
        due: list[tuple[int, int, int]] = cursor.fetchall()
    if not due:
        return 0
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line in BookingLine.objects.filter(booking_id__in=[found[0] for found in due]):
        lines[line.booking_id].append((line.item_id, -line.quantity))
    setups = _setups({found[1] for found in due})
    groups = [
        group
        for booking, event, channel in due
        if (group := _group(setups[event], booking, channel, lines[booking]))
    ]
    posting = ledger.post(groups, by=SYSTEM, reason="hold expired")
    ended = []
    for group, verdict in zip(groups, posting.verdicts, strict=True):
        if verdict is None:
            ended.append(group.document_id)
        elif isinstance(verdict, StockRefusedError):
            logger.error("Booking %s cannot expire: %s", group.document_id, verdict)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sales_booking SET status = 'EXPIRED', ended_at = clock_timestamp(),"
            " updated_at = clock_timestamp() WHERE id = ANY (%s)",
            [ended],
        )
    return len(ended)


def _group(
    setup: EventSetup, booking: int, channel: int, lines: Sequence[tuple[int, int]]
) -> ledger.Group | None:
    try:
        entries = entries_for(setup, channel, lines, Counted.HELD)
    except LookupError:
        logger.exception("Booking %s cannot expire.", booking)
        return None
    return ledger.Group(
        MovementKind.EXPIRE,
        entries,
        document_kind=DocumentKind.BOOKING,
        document_id=booking,
        event_id=setup.id,
        config_version=setup.config_version,
    )


def _setups(event_ids: set[int]) -> dict[int, EventSetup]:
    versions = Event.objects.filter(pk__in=event_ids).values_list("pk", "config_version")
    return {event_id: setup_of(event_id, version) for event_id, version in versions}


def make_room(event_id: int, refused: Sequence[RowRefusal]) -> bool:
    """End what stands in the way of a refused sale; says whether it is worth another try.

    Holds that another process is ending at this moment are waited for (settings.LOCK_TIMEOUT_MS
    at the most): their tickets are as good as free. Nothing may be locked when this is called.
    """
    due, room = _prospects(event_id, refused)
    if not due:
        return room  # perhaps somebody has just made it
    for _ in range(MOST_WAITS):
        ended = expire_due(event_id=event_id)
        due, _room = _prospects(event_id, refused)
        if not due or (_still_overdue(event_id) and not ended):
            break  # none is left, or one that nobody is ending and that does not end
    return True


def _prospects(event_id: int, refused: Sequence[RowRefusal]) -> tuple[bool, bool]:
    """Whether holds of the event are past their time, and whether the rows have room by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM sales_booking WHERE status = 'ON_HOLD' AND event_id = %s"
            " AND expires_at <= clock_timestamp()),"
            " (SELECT bool_and(s.quantity - s.held - s.sold + coalesce(o.quantity, 0) >= r.asked)"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, asked)"
            " JOIN allocations_stock s ON s.id = r.id"
            " LEFT JOIN allocations_stock o ON o.id = s.draws_on_id)",
            [event_id, [row.stock_id for row in refused], [row.asked for row in refused]],
        )
        due, room = cursor.fetchone()
    return due, bool(room)


def _still_overdue(event_id: int) -> bool:
    """Wait for whoever is ending the event's first overdue hold; False once it has ended."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM sales_booking WHERE status = 'ON_HOLD' AND event_id = %s"
            " AND expires_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE",
            [event_id],
        )
        return cursor.fetchone() is not None
