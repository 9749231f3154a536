-- One confirmed sale of one ticket written as plain SQL, for pgbench: the same row changes that
-- POST /api/v1/bookings/ makes, with nobody planning, checking or answering anything.
BEGIN;
UPDATE allocations_stock SET sold = sold + 1, version = version + 1 WHERE id = :stock
RETURNING version, sold \gset
INSERT INTO idempotency_storedanswer (scope, key, fingerprint, status, body)
VALUES ('plain', gen_random_uuid()::text, repeat('0', 64), 201, repeat('x', 600));
INSERT INTO sales_booking (uuid, event_id, channel_id, status, reference, currency, confirmed_at, end_reason)
VALUES (gen_random_uuid(), :event, :channel, 'CONFIRMED', '', 'INR', now(), '')
RETURNING id AS booking \gset
INSERT INTO sales_bookingline (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
VALUES (:booking, 1, :item, :listing, 1, 400, 0);
INSERT INTO allocations_movement
    (stock_id, version, kind, delta_quantity, delta_held, delta_sold, delta_drawn,
     quantity, held, sold, drawn, document_kind, document_id, reason)
VALUES (:stock, :version, 'SELL', 0, 0, 1, 0, 1000000, 0, :sold, 0, 'BOOKING', :booking, '');
COMMIT;
