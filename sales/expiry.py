"""Ending holds whose time is over."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import RowRefusal, StockRefusedError
from allocations.setup import EventSetup, setup_of
from common.actor import SYSTEM
from common.patience import BRIEFLY_MS, unless_taken
from events.models import Event
from sales.entries import Counted, entries_for
from sales.models import BookingLine

logger = logging.getLogger(__name__)

BATCH = 500
# So many rounds of ending holds, or of waiting for who ends them, does a refused sale go through.
MAX_WAITS = 50
# So long does it wait for one that somebody keeps locked.
PATIENCE_MS = 1_000


def expire_due(*, event_id: int | None = None, batch: int = BATCH) -> int:
    """End up to ``batch`` holds past their time, of one event or of all; returns how many ended.

    Any number of processes may do this at once: each takes rows that no other holds. What cannot
    be ended because the set-up changes at this moment, or because somebody keeps its stock locked,
    is left for the next round, and so is a hold that disagrees with its stock, which is logged: none
    of them holds up another. Of all events, those whose stock is taken are ended one by one, last.
    """
    if event_id is not None:
        return _expire_alone(event_id, batch, PATIENCE_MS)
    ended = 0
    event_ids: set[int] = set()
    more = True
    while more:
        with transaction.atomic(durable=True):
            groups = _groups(_due(None, batch, passing_by=event_ids))
            entries = [entry.stock_id for group in groups for entry in group.entries]
            more_taken = ledger.lock_free(entries) if entries else set()
            ended += _post([group for group in groups if group.event_id not in more_taken])
        event_ids |= more_taken
        more = bool(more_taken)
    return ended + sum(_expire_alone(event, batch) for event in sorted(event_ids))


def _expire_alone(event_id: int, batch: int, patience: int = BRIEFLY_MS) -> int:
    return unless_taken(lambda: _post(_groups(_due(event_id, batch))), 0, milliseconds=patience)


class Hold(NamedTuple):
    """One that is past its time, and locked."""

    id: int
    event_id: int
    channel_id: int


def _due(event_id: int | None, batch: int, *, passing_by: Collection[int] = ()) -> list[Hold]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, event_id, channel_id FROM sales_booking"
            " WHERE status = 'ON_HOLD' AND expires_at <= clock_timestamp()"
            " AND (%(event)s::bigint IS NULL OR event_id = %(event)s)"
            " AND event_id <> ALL (%(passing_by)s::bigint[])"
            " ORDER BY expires_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED",
            {"event": event_id, "passing_by": list(passing_by), "batch": batch},
        )
        return [Hold(*row) for row in cursor.fetchall()]


def _groups(due: Sequence[Hold]) -> list[ledger.Group]:
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line in BookingLine.objects.filter(booking_id__in=[hold.id for hold in due]):
        lines[line.booking_id].append((line.item_id, -line.quantity))
    setups = _setups({hold.event_id for hold in due}) if due else {}
    groups = (_group(setups[hold.event_id], hold, lines[hold.id]) for hold in due)
    return [group for group in groups if group is not None]


def _post(groups: Sequence[ledger.Group]) -> int:
    if not groups:
        return 0
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


def _group(setup: EventSetup, hold: Hold, lines: Sequence[tuple[int, int]]) -> ledger.Group | None:
    try:
        entries = entries_for(setup, hold.channel_id, lines, Counted.HELD)
    except LookupError:
        logger.exception("Booking %s cannot expire.", hold.id)
        return None
    return ledger.Group(
        MovementKind.EXPIRE,
        entries,
        document_kind=DocumentKind.BOOKING,
        document_id=hold.id,
        event_id=setup.id,
        config_version=setup.config_version,
    )


def _setups(event_ids: set[int]) -> dict[int, EventSetup]:
    versions = Event.objects.filter(pk__in=event_ids).values_list("pk", "config_version")
    return {event_id: setup_of(event_id, version) for event_id, version in versions}


class Prospects(NamedTuple):
    """Of a refused sale: what may still make room for it, all as of one moment."""

    # Whether holds of the event are past their time, and whether the rows have room by now.
    due: bool
    room: bool
    at: datetime
    # Of the rows that said no.
    quantities: dict[int, int]


def make_room(event_id: int, refused: Sequence[RowRefusal], prospects: Prospects) -> bool:
    """End what stands in the way of a refused sale; says whether it is worth another try.

    Holds that another process is ending at this moment are waited for, a second at the most: their
    tickets are as good as free. Nothing may be locked when this is called.
    """
    if not prospects.due:
        return prospects.room  # perhaps somebody has just made it
    for _ in range(MAX_WAITS):
        ended = expire_due(event_id=event_id)
        if not prospects_of(event_id, refused).due or (_still_overdue(event_id) and not ended):
            break  # none is left, or one that nobody is ending and that does not end
    return True


def prospects_of(event_id: int, refused: Sequence[RowRefusal]) -> Prospects:
    """One statement: a refusal is as frequent as a sale in a rush, and should cost no more.

    A row's room is that of ``allocations.sellable.row_room``: it draws in its window, up to its ceiling.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM sales_booking WHERE status = 'ON_HOLD' AND event_id = %s"
            " AND expires_at <= clock_timestamp()), f.room, clock_timestamp(), f.ids, f.quantities"
            " FROM (SELECT"
            " bool_and(s.quantity - s.held - s.sold + CASE WHEN o.id IS NULL THEN 0"
            " ELSE least(o.quantity, s.ceiling - s.quantity) END >= r.asked) AS room,"
            " coalesce(array_agg(s.id), '{}') AS ids,"
            " coalesce(array_agg(s.quantity), '{}') AS quantities"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, asked)"
            " JOIN allocations_stock s ON s.id = r.id"
            " LEFT JOIN allocations_stock o ON o.id = s.draws_on_id"
            " AND coalesce(s.draws_from, '-infinity') <= clock_timestamp()"
            " AND coalesce(s.draws_until, 'infinity') > clock_timestamp()) f",
            [event_id, [row.stock_id for row in refused], [row.units for row in refused]],
        )
        due, room, at, ids, quantities = cursor.fetchone()
    return Prospects(due, bool(room), at, dict(zip(ids, quantities, strict=True)))


def events_with_overdue_holds(event_ids: Collection[int]) -> set[int]:
    """Those of the events that have holds past their time, which were not swept yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_id FROM sales_booking WHERE status = 'ON_HOLD'"
            " AND event_id = ANY (%s) AND expires_at <= clock_timestamp()",
            [list(event_ids)],
        )
        return {event_id for (event_id,) in cursor.fetchall()}


def _still_overdue(event_id: int) -> bool:
    """Wait for whoever is ending the event's first overdue hold; False once it has ended."""

    def wait() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM sales_booking WHERE status = 'ON_HOLD' AND event_id = %s"
                " AND expires_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE",
                [event_id],
            )
            return cursor.fetchone() is not None

    return unless_taken(wait, True, milliseconds=PATIENCE_MS)
