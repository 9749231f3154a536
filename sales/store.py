"""The two statements of a new booking that must each be one round trip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from allocations.setup import EventSetup, setup_of
from common.errors import NotFoundError
from sales.idempotency import KeyTakenError, Repeat, check, in_flight
from sales.models import Booking, BookingLine
from sales.orders import Answer


@dataclass(frozen=True, slots=True)
class Scene:
    """What a decision about an event is made on: its set-up and the database's clock."""

    setup: EventSetup
    now: datetime


def look(event_id: int, repeat: Repeat | None = None) -> Scene:
    """Read the event's version, the clock, and what is stored under the request's key, at once.

    Raises ``NotFoundError`` for no such event, and as ``idempotency.check`` for a used key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.config_version, clock_timestamp(), k.fingerprint, k.status, k.body"
            " FROM events_event e LEFT JOIN sales_idempotencykey k ON k.scope = %s AND k.key = %s"
            " WHERE e.id = %s",
            [repeat.scope if repeat else None, repeat.key if repeat else None, event_id],
        )
        found = cursor.fetchone()
    if found is None:
        raise NotFoundError(f"There is no event {event_id}.", field="event")
    version, now, fingerprint, status, body = found
    if repeat is not None and fingerprint is not None:
        check(repeat, fingerprint, status, body)
    return Scene(setup_of(event_id, version), now)


_INSERT_BOOKING = """
INSERT INTO sales_booking (uuid, event_id, channel_id, status, reference, contact, currency,
    created_at, updated_at, expires_at, confirmed_at, due_on, end_reason, user_id, api_key_id)
{source}
RETURNING id
"""
_VALUES = "%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, '', %s, %s"
_INSERT_LINES = """
INSERT INTO sales_bookingline
    (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
SELECT booking.id, line.*, 0 FROM booking, unnest(
    %s::smallint[], %s::bigint[], %s::bigint[], %s::integer[], %s::numeric[]) AS line
"""


def insert(
    booking: Booking, lines: Sequence[BookingLine], answer: Answer, repeat: Repeat | None
) -> int:
    """Insert the booking, its lines and its answer in one statement; returns the booking's id.

    Raises ``KeyTakenError`` when the same key was used in the meantime, and
    ``IdempotencyInFlightError`` when its first request takes too long.
    """
    values: list[object] = [
        booking.uuid,
        booking.event_id,
        booking.channel_id,
        booking.status,
        booking.reference,
        None if booking.contact is None else json.dumps(booking.contact),
        booking.currency,
        booking.created_at,
        booking.updated_at,
        booking.expires_at,
        booking.confirmed_at,
        booking.due_on,
        booking.user_id,
        booking.api_key_id,
    ]
    columns = [
        [line.number for line in lines],
        [line.item_id for line in lines],
        [line.listing_id for line in lines],
        [line.quantity for line in lines],
        [line.unit_price for line in lines],
    ]
    if repeat is None:
        head, parameters = "", []
        source = f"VALUES ({_VALUES})"
    else:
        head = (
            "answer AS (INSERT INTO sales_idempotencykey (scope, key, fingerprint, status, body)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1), "
        )
        parameters = [repeat.scope, repeat.key, repeat.fingerprint, answer.status, answer.body]
        typed = _VALUES.replace("%s", "%s::uuid", 1)
        source = f"SELECT {typed} FROM answer"
    statement = (
        f"WITH {head} booking AS ({_INSERT_BOOKING.format(source=source)}),"
        f" lines AS ({_INSERT_LINES}) SELECT id FROM booking"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, [*parameters, *values, *columns])
            inserted = cursor.fetchone()
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise in_flight() from error
        raise
    if inserted is None:
        raise KeyTakenError
    return int(inserted[0])
