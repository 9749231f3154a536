"""Refunds by day, channel and item: tickets of sales that were given back, on the day of the booking's last refund."""

from planning.reports.comparison import Sums, sold_sums
from planning.reports.sales import tabulate
from planning.reports.scope import Scope
from planning.reports.table import Table

# When a booking was last refunded, its movement says. A booking that has not changed since needs no look at those.
_REFUNDS = """, sold AS (
    SELECT (m.at AT TIME ZONE e.zone)::date AS day, b.channel_id, l.item_id, b.currency,
           l.refunded AS tickets, l.unit_price * l.refunded AS amount
      FROM sales_bookingline l
      JOIN sales_booking b ON b.id = l.booking_id AND b.updated_at >= %(start)s
      JOIN events e ON e.id = b.event_id
     CROSS JOIN LATERAL (SELECT max(at) AS at FROM allocations_movement
                          WHERE document_kind = 'BOOKING' AND document_id = b.id AND delta_sold < 0) m
     WHERE l.refunded > 0 AND (%(channel)s::bigint IS NULL OR b.channel_id = %(channel)s)
       AND (m.at AT TIME ZONE e.zone)::date BETWEEN %(first)s AND %(last)s
)"""


def build(scope: Scope, by: str) -> Table:
    return tabulate(scope, by, _REFUNDS)


def sums(scope: Scope) -> Sums:
    return sold_sums(scope, _REFUNDS)
