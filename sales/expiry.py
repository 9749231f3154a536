"""Ending holds whose time is over."""

from collections import defaultdict

from django.db import connection, transaction

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import SetupChangedError, StockRefusedError
from allocations.setup import EventSetup, setup_of
from common.actor import SYSTEM
from events.models import Event
from sales.entries import Counted, entries_for
from sales.models import BookingLine

BATCH = 500


def expire_due(*, event_id: int | None = None, batch: int = BATCH) -> int:
    """End up to ``batch`` holds past their time, of one event or of all; returns how many ended.

    Any number of processes may do this at once: each takes rows that no other holds. What cannot
    be ended because the set-up changes at this moment is left for the next round.
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
        ledger.Group(
            MovementKind.EXPIRE,
            entries_for(setups[event], channel, lines[booking], Counted.HELD),
            document_kind=DocumentKind.BOOKING,
            document_id=booking,
            event_id=event,
            config_version=setups[event].config_version,
        )
        for booking, event, channel in due
    ]
    posting = ledger.post(groups, by=SYSTEM, reason="hold expired")
    ended = []
    for (booking, _event, _channel), verdict in zip(due, posting.verdicts, strict=True):
        if isinstance(verdict, StockRefusedError):
            raise verdict
        if not isinstance(verdict, SetupChangedError):  # that one is for the next round
            ended.append(booking)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sales_booking SET status = 'EXPIRED', ended_at = clock_timestamp(),"
            " updated_at = clock_timestamp() WHERE id = ANY (%s)",
            [ended],
        )
    return len(ended)


def _setups(event_ids: set[int]) -> dict[int, EventSetup]:
    versions = Event.objects.filter(pk__in=event_ids).values_list("pk", "config_version")
    return {event_id: setup_of(event_id, version) for event_id, version in versions}
