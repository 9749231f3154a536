-- A thousand confirmed sales of one ticket as plain SQL, in one transaction: the same row changes that POST /sync/ makes,
-- with nobody reading, planning, checking or answering anything.
WITH stock AS (
    UPDATE allocations_stock SET sold = sold + 1000, version = version + 1000 WHERE id = %(stock)s
    RETURNING version - 1000 AS version, sold - 1000 AS sold
), sync AS (
    INSERT INTO offline_sync (uuid, channel_id, accepted, duplicates, conflicts, unreadable)
    VALUES (gen_random_uuid(), %(channel)s, 1000, 0, 0, 0) RETURNING id
), booking AS (
    INSERT INTO sales_booking (uuid, event_id, channel_id, status, reference, currency, confirmed_at, end_reason)
    SELECT gen_random_uuid(), %(event)s, %(channel)s, 'CONFIRMED', n::text, 'INR', now(), ''
      FROM generate_series(1, 1000) n
    RETURNING id, reference::integer AS n
), line AS (
    INSERT INTO sales_bookingline (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
    SELECT id, 1, %(item)s, %(listing)s, 1, 400, 0 FROM booking
), report AS (
    INSERT INTO offline_report (sync_id, position, channel_id, kind, client_id, said, outcome, booking_id, notes)
    SELECT sync.id, n, %(channel)s, 'SALE', gen_random_uuid()::text, '{"client_id": "x", "lines": []}', 'ACCEPTED',
           booking.id, '[]'
      FROM booking, sync
)
INSERT INTO allocations_movement
       (stock_id, version, kind, delta_quantity, delta_held, delta_sold, delta_drawn, quantity, held, sold, drawn,
        document_kind, document_id, reason)
SELECT %(stock)s, stock.version + n, 'SELL', 0, 0, 1, 0, 1000000, 0, stock.sold + n, 0, 'BOOKING', booking.id, ''
  FROM booking, stock;
