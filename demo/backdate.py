"""Writes down when, in the season, that happened which the loading has just done.

Services take the database's clock, and rightly so: a sale of the demo would be of this minute, by
nobody. On a system that the demo alone has filled, and in one transaction of its own, the times of
bookings, movements and history records are set to those of the season, and with them who sold.
Movements are append-only; their owner may switch that one trigger off, and here does, for the
length of the statements. No counter, balance or version is touched, and times rise with a row's
versions as before: ``manage.py reconcile`` and tests/demo hold that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import Max

from accounts.models import User
from alerts.models import AlertRule, AlertTeam, Endpoint
from allocations.models import Listing, Movement, SalesChannel
from common.actor import Actor
from events.models import Component, Event, Item, Pool, Series, Venue
from partners.models import ApiKey
from sales.turned_away.services import Count, write_counts
from transfers.models import TransferRule

REMEMBERED = (
    User,
    Venue,
    SalesChannel,
    ApiKey,
    Series,
    Event,
    Pool,
    Item,
    Component,
    Listing,
    TransferRule,
    AlertRule,
    AlertTeam,
    Endpoint,
)


@dataclass(slots=True)
class Past:
    """What a booking of the season should say. ``changed`` is its last change, whatever it was."""

    booking: int
    seller: Actor
    created: datetime
    confirmed: datetime | None = None
    changed: datetime | None = None
    hold_until: datetime | None = None
    due_on: date | None = None


@dataclass(slots=True)
class Story:
    """``began``: when the loading did. What is recorded from then on has no date of the season yet."""

    began: datetime
    bookings: list[Past] = field(default_factory=list)
    _moved: list[tuple[int, int, datetime]] = field(default_factory=list)
    _turned_away: dict[Count, tuple[int, int]] = field(default_factory=dict)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """What is changed in the block is of ``moment``: set-up, stock without a booking, history."""
        before = _last_movement()
        yield
        after = _last_movement()
        if after > before:
            self._moved.append((before + 1, after, moment))
        self.date_history(moment)

    def turn_away(self, count: Count, tickets: int) -> None:
        """An order for so many tickets was refused."""
        refusals, before = self._turned_away.get(count, (0, 0))
        self._turned_away[count] = refusals + 1, before + tickets

    def date_history(self, moment: datetime) -> None:
        for model in REMEMBERED:
            model.history.filter(history_date__gte=self.began).update(history_date=moment)

    def write(self) -> None:
        """Set all times, at the end. Needs a transaction."""
        if self._turned_away:
            write_counts(self._turned_away)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE allocations_movement DISABLE TRIGGER allocations_movement_append_only"
            )
            cursor.execute(
                "UPDATE allocations_movement m SET at = s.at"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS s (first, last, at)"
                " WHERE m.id BETWEEN s.first AND s.last AND m.document_kind <> 'BOOKING'",
                [list(column) for column in zip(*self._moved, strict=True)],
            )
            cursor.execute(_DATE_BOOKINGS, self._columns())
            cursor.execute(
                "ALTER TABLE allocations_movement ENABLE TRIGGER allocations_movement_append_only"
            )

    def _columns(self) -> dict[str, list[object]]:
        bookings = self.bookings
        return {
            "ids": [past.booking for past in bookings],
            "users": [past.seller.user_id for past in bookings],
            "keys": [past.seller.api_key_id for past in bookings],
            "created": [past.created for past in bookings],
            "confirmed": [past.confirmed for past in bookings],
            "changed": [past.changed or past.created for past in bookings],
            "holds": [past.hold_until for past in bookings],
            "due": [past.due_on for past in bookings],
        }


# A booking that has ended did so at its last change. Who gave back or confirmed is written already.
_DATE_BOOKINGS = """
WITH season AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(users)s::bigint[], %(keys)s::bigint[],
                         %(created)s::timestamptz[], %(confirmed)s::timestamptz[],
                         %(changed)s::timestamptz[], %(holds)s::timestamptz[], %(due)s::date[])
        AS s (id, user_id, api_key_id, created, confirmed, changed, hold_until, due)
), moved AS (
    UPDATE allocations_movement m
       SET at = CASE WHEN m.kind IN ('HOLD', 'SELL', 'DRAW') THEN s.created
                     WHEN m.kind = 'CONFIRM' THEN s.confirmed ELSE s.changed END,
           user_id = CASE WHEN m.kind IN ('HOLD', 'SELL', 'DRAW') THEN s.user_id
                          ELSE m.user_id END,
           api_key_id = CASE WHEN m.kind IN ('HOLD', 'SELL', 'DRAW') THEN s.api_key_id
                             ELSE m.api_key_id END
      FROM season s
     WHERE m.document_kind = 'BOOKING' AND m.document_id = s.id
)
UPDATE sales_booking b
   SET created_at = s.created, updated_at = s.changed, due_on = s.due,
       user_id = s.user_id, api_key_id = s.api_key_id,
       confirmed_at = CASE WHEN b.confirmed_at IS NOT NULL THEN s.confirmed END,
       ended_at = CASE WHEN b.ended_at IS NOT NULL THEN s.changed END,
       expires_at = CASE WHEN b.expires_at IS NOT NULL THEN s.hold_until END
  FROM season s
 WHERE b.id = s.id
"""


def _last_movement() -> int:
    return Movement.objects.aggregate(last=Max("pk"))["last"] or 0
