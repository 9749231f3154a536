"""Proof that payments, bookings and tills say the same, beside that of stock and bookings (``sales.reconcile``)."""

from sales.reconcile import Check

WORTH = Check(
    "Payments add up to what their bookings are worth",
    "SELECT count(DISTINCT booking_id) FROM boxoffice_payment",
    """
    SELECT format('booking %s: paid %s, worth %s', p.booking_id, p.paid, coalesce(w.worth, 0))
      FROM (SELECT booking_id, sum(amount) AS paid FROM boxoffice_payment
             WHERE booking_id IS NOT NULL GROUP BY booking_id) p
      LEFT JOIN LATERAL (SELECT sum((quantity - refunded) * unit_price) AS worth
                           FROM sales_bookingline l WHERE l.booking_id = p.booking_id) w ON true
     WHERE p.paid <> coalesce(w.worth, 0)
     ORDER BY p.booking_id
    """,
)
TICKETS = Check(
    "The tickets of payments are those that their bookings have",
    "SELECT count(*) FROM boxoffice_paymentline",
    """
    WITH paid AS (
        SELECT p.booking_id, l.item_id, l.tickets, l.amount
          FROM boxoffice_paymentline l JOIN boxoffice_payment p ON p.id = l.payment_id
         UNION ALL
        SELECT b.booking_id, b.item_id, b.refunded - b.quantity, (b.refunded - b.quantity) * b.unit_price
          FROM sales_bookingline b
         WHERE b.booking_id IN (SELECT booking_id FROM boxoffice_payment)
    )
    SELECT format('booking %s, item %s: %s tickets and %s too many', booking_id, item_id, sum(tickets),
                  sum(amount))
      FROM paid GROUP BY booking_id, item_id HAVING sum(tickets) <> 0 OR sum(amount) <> 0
     ORDER BY booking_id, item_id
    """,
)
RECEIPTS = Check(
    "The receipts of a till are numbered without a gap",
    "SELECT count(*) FROM boxoffice_shift",
    """
    SELECT format('till %s: %s receipts up to %s of %s', s.id, count(p.number),
                  coalesce(max(p.number), 0), s.receipts)
      FROM boxoffice_shift s LEFT JOIN boxoffice_payment p ON p.shift_id = s.id
     GROUP BY s.id
    HAVING count(p.number) <> s.receipts OR coalesce(max(p.number), 0) <> s.receipts
     ORDER BY s.id
    """,
)
TILLS = Check(
    "Payments lie in a till of their counter and currency, and wait for a booking only after a conflict",
    "SELECT count(*) FROM boxoffice_payment",
    """
    SELECT format('payment %s: till of channel %s in %s, booking %s of channel %s in %s, report %s', p.id,
                  s.channel_id, s.currency, p.booking_id, b.channel_id, b.currency, r.id)
      FROM boxoffice_payment p
      LEFT JOIN boxoffice_shift s ON s.id = p.shift_id
      LEFT JOIN sales_booking b ON b.id = p.booking_id
      LEFT JOIN offline_report r ON r.id = p.report_id
     WHERE (b.channel_id, b.currency) IS DISTINCT FROM (s.channel_id, s.currency)
           AND s.id IS NOT NULL AND b.id IS NOT NULL
        OR p.booking_id IS NULL AND (r.id IS NULL OR r.booking_id IS NOT NULL)
        OR p.report_id IS NOT NULL AND p.booking_id IS DISTINCT FROM r.booking_id
        OR p.is_late AND s.closed_at IS NULL
     ORDER BY p.id
    """,
)
CHECKS = (WORTH, TICKETS, RECEIPTS, TILLS)
