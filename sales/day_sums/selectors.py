"""The sales of events by day, channel, item and currency: from the sums where there are some, else from the bookings."""

# Goes on from a statement that begins with ``events`` (id, zone), which may be any number. ``sold`` has one row or more for each day,
# channel, item and currency: whoever reads it adds up. ``start`` and ``end`` are moments before and after the days from
# ``first`` to ``last`` of any of the zones.
#
# An event's sums hold for the days before ``until``, while its venue keeps its zone, and for no day of which something has changed
# since (``changed``). Those days, and today, are read from the bookings by time: the + 0 keeps the
# planner from the index by event, which would read all that the event has ever sold. A local midnight may come twice, or
# never: the range of moments is wide, and the day decides.
SOLD = """, summed AS MATERIALIZED (
    SELECT e.id, e.zone, s.until FROM events e JOIN sales_daysums s ON s.event_id = e.id AND s.zone = e.zone
), changed AS MATERIALIZED (
    SELECT DISTINCT s.id, s.zone, (c.sold_at AT TIME ZONE s.zone)::date AS day
      FROM summed s JOIN sales_daychange c ON c.event_id = s.id
), unsummed AS MATERIALIZED (
    SELECT id, zone, until AS first, 'infinity'::date AS last FROM summed
     UNION ALL
    SELECT c.id, c.zone, c.day, c.day FROM changed c JOIN summed s ON s.id = c.id AND c.day < s.until
), booked AS (
    SELECT e.id AS event_id, (b.confirmed_at AT TIME ZONE e.zone)::date AS day, b.channel_id, b.currency, b.id
      FROM sales_booking b JOIN events e ON e.id = b.event_id
     WHERE b.status = 'CONFIRMED' AND b.confirmed_at >= %(start)s AND b.confirmed_at < %(end)s
       AND (%(channel)s::bigint IS NULL OR b.channel_id = %(channel)s)
       AND b.event_id NOT IN (SELECT id FROM summed)
     UNION ALL
    SELECT u.id, b.day, b.channel_id, b.currency, b.id
      FROM unsummed u
     CROSS JOIN LATERAL (SELECT id, (confirmed_at AT TIME ZONE u.zone)::date AS day, channel_id, currency
                           FROM sales_booking
                          WHERE status = 'CONFIRMED' AND event_id + 0 = u.id
                            AND confirmed_at > u.first - interval '2 days' AND confirmed_at < u.last + interval '2 days'
                            AND (%(channel)s::bigint IS NULL OR channel_id = %(channel)s)) b
     WHERE b.day BETWEEN u.first AND u.last
), sold AS (
    SELECT k.event_id, k.day, k.channel_id, l.item_id, k.currency,
           l.quantity - l.refunded AS tickets, l.unit_price * (l.quantity - l.refunded) AS amount
      FROM booked k JOIN sales_bookingline l ON l.booking_id = k.id
     WHERE k.day BETWEEN %(first)s AND %(last)s
     UNION ALL
    SELECT d.event_id, d.day, d.channel_id, d.item_id, d.currency, d.tickets, d.amount
      FROM summed s JOIN sales_daysold d ON d.event_id = s.id AND d.day < s.until
     WHERE d.day BETWEEN %(first)s AND %(last)s AND (%(channel)s::bigint IS NULL OR d.channel_id = %(channel)s)
       AND NOT EXISTS (SELECT FROM changed c WHERE c.id = d.event_id AND c.day = d.day)
)
"""
