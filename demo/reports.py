"""The nightly reports of channels that report from time to time: their past, from which their pace is known.

What they have sold was booked through the services, as of the report that has brought it (``demo.pace``). Here the
reports are written down beside it, also of nights in which nothing was sold; so the first estimates and safety buffers
have something to rest on.
"""

from datetime import timedelta

from django.db import connection

from allocations.contacts import note_contact
from allocations.enums import Connectivity, ContactKind
from demo import season
from demo.cast import Company
from demo.pace import last_report
from offline.unreported import estimate_all

# Older reports say nothing of the pace any more.
NIGHTS = 60

# A report of each night, and one at the end of an event. In the order of time: their numbers tell it.
_WRITE = """
WITH sold AS MATERIALIZED (
    SELECT b.id, b.created_at AS at, b.reference
      FROM sales_booking b WHERE b.channel_id = %(channel)s
), synced AS (
    INSERT INTO offline_sync (uuid, channel_id, received_at, accepted, duplicates, conflicts, unreadable, api_key_id)
    SELECT gen_random_uuid(), %(channel)s, moments.at, (SELECT count(*) FROM sold WHERE sold.at = moments.at), 0, 0, 0,
           %(key)s
      FROM (SELECT at FROM sold
             UNION
            SELECT generate_series(%(first)s, %(last)s, interval '1 day')) moments (at)
     ORDER BY moments.at
    RETURNING id, received_at
), told AS (
    INSERT INTO offline_report (sync_id, position, channel_id, kind, client_id, said, outcome, booking_id, notes)
    SELECT y.id, row_number() OVER (PARTITION BY y.id ORDER BY s.id), %(channel)s, 'SALE', s.reference || '-' || s.id,
           jsonb_build_object(
               'client_id', s.reference || '-' || s.id, 'reference', s.reference,
               'lines', (SELECT jsonb_agg(jsonb_build_object('item', l.item_id, 'quantity', l.quantity) ORDER BY l.number)
                           FROM sales_bookingline l WHERE l.booking_id = s.id)),
           'ACCEPTED', s.id, '[]'
      FROM sold s JOIN synced y ON y.received_at = s.at
)
INSERT INTO offline_reportedunits (sync_id, pool_id, units)
SELECT y.id, c.pool_id, sum(l.quantity * c.units)
  FROM sold s
  JOIN synced y ON y.received_at = s.at
  JOIN sales_bookingline l ON l.booking_id = s.id
  JOIN events_component c ON c.item_id = l.item_id
 GROUP BY y.id, c.pool_id
"""


def write_down(company: Company) -> None:
    """Needs a transaction, in which bookings have the times of the season."""
    last = last_report(company.now)
    for (slug, code), channel in company.channels.items():
        if season.CHANNELS[code].connectivity != Connectivity.PERIODIC:
            continue
        key = company.keys.get((slug, code))
        values = {
            "channel": channel.pk,
            "key": key.pk if key is not None else None,
            "first": last - timedelta(days=NIGHTS),
            "last": last,
        }
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, values)
        note_contact(channel_id=channel.pk, kind=ContactKind.SYNC)
    estimate_all(company.now)
