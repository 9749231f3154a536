"""The statements of new bookings that must each be one round trip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from allocations.setup import EventSetup, setup_of
from common.errors import NotFoundError
from idempotency.answers import Answer, Repeat, check, in_flight
from idempotency.errors import KeyTakenError
from sales.models import Booking, BookingLine


@dataclass(frozen=True, slots=True)
class Scene:
    """What a decision about an event is made on: its set-up and the database's clock.

    ``booking_id`` is for the booking that is made of it, where one is, and nobody else's: its answer names it.
    """

    setup: EventSetup
    now: datetime
    booking_id: int | None = None


def look(event_id: int, repeat: Repeat | None = None, *, to_book: bool = False) -> Scene:
    """Read the event's versions, the clock, and what is stored under the request's key, at once.

    Raises ``NotFoundError`` for no such event, and as ``idempotency.answers.check`` for a used key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.config_version, allocations_surroundings(e.id), clock_timestamp(),"
            " CASE WHEN %s THEN nextval(pg_get_serial_sequence('sales_booking', 'id')) END,"
            " k.fingerprint, k.status, k.body"
            " FROM events_event e LEFT JOIN idempotency_storedanswer k ON k.scope = %s AND k.key = %s"
            " WHERE e.id = %s",
            [
                to_book,
                repeat.scope if repeat else None,
                repeat.key if repeat else None,
                event_id,
            ],
        )
        record = cursor.fetchone()
    if record is None:
        raise NotFoundError(f"There is no event {event_id}.", field="event")
    version, surroundings, now, booking_id, fingerprint, status, body = record
    if repeat is not None and fingerprint is not None:
        check(repeat, fingerprint, status, body)
    return Scene(setup_of(event_id, version, surroundings), now, booking_id)


# The answer's row is written first: a repetition waits here for the request that holds the key,
# and inserts nothing if that one commits.
_INSERT = """
WITH answer AS (
    INSERT INTO idempotency_storedanswer (scope, key, fingerprint, status, body)
    SELECT %(scope)s, %(key)s, %(fingerprint)s, %(answer_status)s, %(body)s
     WHERE %(key)s::text IS NOT NULL
        ON CONFLICT DO NOTHING
    RETURNING 1
), booking AS (
    INSERT INTO sales_booking (id, uuid, event_id, channel_id, status, reference, contact, currency,
        created_at, updated_at, expires_at, confirmed_at, due_on, end_reason, user_id, api_key_id)
    SELECT %(id)s, %(uuid)s, %(event)s, %(channel)s, %(status)s, %(reference)s, %(contact)s::jsonb,
           %(currency)s, %(now)s, %(now)s, %(expires_at)s::timestamptz,
           %(confirmed_at)s::timestamptz, %(due_on)s::date, '', %(user)s::bigint, %(api_key)s::bigint
     WHERE %(key)s::text IS NULL OR EXISTS (SELECT FROM answer)
    RETURNING id
), lines AS (
    INSERT INTO sales_bookingline
        (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
    SELECT booking.id, line.*, 0
      FROM booking, unnest(%(numbers)s::smallint[], %(items)s::bigint[], %(listings)s::bigint[],
                           %(quantities)s::integer[], %(prices)s::numeric[]) AS line
)
SELECT id FROM booking
"""


def insert(
    booking: Booking, lines: Sequence[BookingLine], answer: Answer, repeat: Repeat | None
) -> None:
    """Insert the booking, which has its id, its lines and its answer in one statement.

    Raises ``KeyTakenError`` when the same key was used in the meantime, and
    ``IdempotencyInFlightError`` when its first request takes too long.
    """
    values = {
        "scope": repeat.scope if repeat else None,
        "key": repeat.key if repeat else None,
        "fingerprint": repeat.fingerprint if repeat else None,
        "answer_status": answer.status,
        "body": answer.body,
        "id": booking.pk,
        "uuid": booking.uuid,
        "event": booking.event_id,
        "channel": booking.channel_id,
        "status": booking.status,
        "reference": booking.reference,
        "contact": None if booking.contact is None else json.dumps(booking.contact),
        "currency": booking.currency,
        "now": booking.created_at,
        "expires_at": booking.expires_at,
        "confirmed_at": booking.confirmed_at,
        "due_on": booking.due_on,
        "user": booking.user_id,
        "api_key": booking.api_key_id,
        "numbers": [line.number for line in lines],
        "items": [line.item_id for line in lines],
        "listings": [line.listing_id for line in lines],
        "quantities": [line.quantity for line in lines],
        "prices": [line.unit_price for line in lines],
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, values)
            inserted = cursor.fetchone()
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise in_flight() from error
        raise
    if inserted is None:
        raise KeyTakenError


def write_times(booking: Booking) -> None:
    """Count a booking that is only being made from a later moment."""
    Booking.objects.filter(pk=booking.pk).update(
        created_at=booking.created_at,
        updated_at=booking.updated_at,
        expires_at=booking.expires_at,
    )


def reserve_ids(count: int) -> list[int]:
    """So many booking ids that nobody else gets, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            # The name is looked up once, and not for each.
            "SELECT nextval(ids.name) FROM generate_series(1, %s),"
            " (SELECT pg_get_serial_sequence('sales_booking', 'id')::regclass AS name OFFSET 0) ids",
            [count],
        )
        return sorted(record[0] for record in cursor.fetchall())


# As JSON: of an array psycopg quotes each entry by itself, in Python. By their places: with names it takes twice as long,
# here and there.
_INSERT_MANY = """
WITH bookings AS (
    INSERT INTO sales_booking (id, uuid, channel_id, status, reference, contact, expires_at,
        confirmed_at, due_on, event_id, currency, created_at, updated_at, end_reason, user_id,
        api_key_id)
    SELECT (b ->> 0)::bigint, (b ->> 1)::uuid, (b ->> 2)::bigint, b ->> 3, b ->> 4, nullif(b -> 5, 'null'),
           (b ->> 6)::timestamptz, (b ->> 7)::timestamptz, (b ->> 8)::date,
           %(event)s, %(currency)s, %(now)s, %(now)s, '', %(user)s::bigint, %(api_key)s::bigint
      FROM jsonb_array_elements(%(bookings)s::jsonb) b
)
INSERT INTO sales_bookingline
    (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
SELECT (line ->> 0)::bigint, (line ->> 1)::smallint, (line ->> 2)::bigint, (line ->> 3)::bigint,
       (line ->> 4)::integer, (line ->> 5)::numeric, 0
  FROM jsonb_array_elements(%(lines)s::jsonb) line
"""


def insert_many(bookings_with_lines: Sequence[tuple[Booking, Sequence[BookingLine]]]) -> None:
    """Insert bookings that have their ids, and their lines, in one statement.

    All are of one event, by one actor, and of one moment.
    """
    if not bookings_with_lines:
        return
    first, _lines = bookings_with_lines[0]
    bookings = [
        (
            *(booking.pk, booking.uuid, booking.channel_id, booking.status, booking.reference),
            *(booking.contact, booking.expires_at, booking.confirmed_at, booking.due_on),
        )
        for booking, _lines in bookings_with_lines
    ]
    lines = [
        (
            *(booking.pk, line.number, line.item_id, line.listing_id),
            *(line.quantity, line.unit_price),
        )
        for booking, own in bookings_with_lines
        for line in own
    ]
    values: dict[str, int | str | datetime | None] = {
        "event": first.event_id,
        "currency": first.currency,
        "now": first.created_at,
        "user": first.user_id,
        "api_key": first.api_key_id,
        # Moments, days, numbers and prices: as text they are read as they were.
        "bookings": json.dumps(bookings, default=str),
        "lines": json.dumps(lines, default=str),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MANY, values)
