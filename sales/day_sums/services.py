"""Keeps the sums of days. Each step reads one snapshot of the database, so that nothing is counted twice or lost:

what had changed before it is in the new sum and its note is deleted, and what changes later leaves a note that it does not see.
"""

import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction

from sales.models import DayChange, DaySold, DaySums

logger = logging.getLogger(__name__)

# Of fewer a report reads the bookings as quickly.
FEWEST_SOLD = 2_000
# A sale is made at the moment its transaction begins, and seen when it ends.
GRACE = timedelta(hours=1)
# Notes about events that have no sums: nobody reads them. No transaction that makes sums lasts so long.
FORGOTTEN = timedelta(days=1)

_DUE = """
SELECT e.id, v.time_zone, s.until, s.zone, EXISTS (SELECT FROM sales_daychange c WHERE c.event_id = e.id)
  FROM events_event e JOIN events_venue v ON v.id = e.venue_id
  LEFT JOIN sales_daysums s ON s.event_id = e.id
 WHERE s.event_id IS NOT NULL
    OR e.id IN (SELECT event_id FROM allocations_stock WHERE kind = 'CHANNEL'
                 GROUP BY event_id HAVING sum(sold) >= %s)
 ORDER BY e.id
"""
# A local midnight may come twice, or never: the range of moments is wide, and the day decides. The + 0 as in the selectors.
_SUM = """
INSERT INTO sales_daysold (event_id, day, channel_id, item_id, currency, tickets, amount)
SELECT %(event)s, d.day, b.channel_id, l.item_id, b.currency,
       sum(l.quantity - l.refunded), sum(l.unit_price * (l.quantity - l.refunded))
  FROM sales_booking b
 CROSS JOIN LATERAL (SELECT (b.confirmed_at AT TIME ZONE %(zone)s)::date AS day) d
  JOIN sales_bookingline l ON l.booking_id = b.id
 WHERE {of_event} AND b.status = 'CONFIRMED' AND d.day < %(until)s
 GROUP BY d.day, b.channel_id, l.item_id, b.currency
"""
_SUM_ALL = _SUM.format(of_event="b.event_id = %(event)s")
_SUM_DAYS = _SUM.format(
    of_event="b.event_id + 0 = %(event)s AND d.day >= %(first)s"
    " AND b.confirmed_at > %(first)s::date - interval '2 days'"
    " AND b.confirmed_at < %(until)s::date + interval '2 days'"
)


def keep_all(now: datetime) -> int:
    """Bring the sums of all events that need some up to date; of how many they were written. A transaction for each event."""
    unread = DayChange.objects.exclude(event__in=DaySums.objects.values("event"))
    unread.filter(noted_at__lt=now - FORGOTTEN).delete()
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [FEWEST_SOLD])
        rows = cursor.fetchall()
    written = 0
    for event_id, zone, until, summed_zone, has_changes in rows:
        target = _target(now, zone)
        if has_changes or summed_zone != zone or until is None or until < target:
            written += _kept(event_id, zone, target)
    return written


def _target(now: datetime, zone: str) -> date:
    return (now - GRACE).astimezone(ZoneInfo(zone)).date()


def _kept(event_id: int, zone: str, until: date) -> bool:
    """Whether it is done. What another worker does at this moment, or a sale is in the way of, is done the next time."""
    try:
        keep(event_id, zone, until)
    except DatabaseError:
        logger.info("The days of event %d are summed up later.", event_id, exc_info=True)
        return False
    return True


def keep(event_id: int, zone: str, until: date) -> None:
    """Sum up an event's days before ``until``: those that are new, and those of which something has changed."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        sums = DaySums.objects.select_for_update().filter(event=event_id).first()
        if sums is not None and sums.zone != zone:
            sums.delete()
            sums = None
        changes = DayChange.objects.filter(event=event_id)
        place = ZoneInfo(zone)
        days = {at.astimezone(place).date() for at in changes.values_list("sold_at", flat=True)}
        changes.delete()
        if sums is None:
            DaySums.objects.create(event_id=event_id, zone=zone, until=until)
            _sum(event_id, zone, None, until)
            return
        again = sorted(day for day in days if day < sums.until)
        DaySold.objects.filter(event=event_id, day__in=again).delete()
        for day in again:
            _sum(event_id, zone, day, day + timedelta(days=1))
        if sums.until < until:
            _sum(event_id, zone, sums.until, until)
            sums.until = until
            sums.save()


def _sum(event_id: int, zone: str, first: date | None, until: date) -> None:
    """Write the sums of the days from ``first``, or all, up to ``until`` and without it."""
    values: dict[str, str | int | date | None] = {
        "event": event_id,
        "zone": zone,
        "first": first,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUM_ALL if first is None else _SUM_DAYS, values)
