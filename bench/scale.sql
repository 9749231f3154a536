-- What a large house has after years, for bench/pages.py: so many venues, events and bookings, half
-- of the bookings of one event. Written past services and triggers, yet whole: reconcile finds nothing.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE events_venue DISABLE TRIGGER USER;
ALTER TABLE allocations_saleschannel DISABLE TRIGGER USER;
ALTER TABLE events_event DISABLE TRIGGER USER;
ALTER TABLE events_pool DISABLE TRIGGER USER;
ALTER TABLE events_item DISABLE TRIGGER USER;
ALTER TABLE events_component DISABLE TRIGGER USER;
ALTER TABLE allocations_listing DISABLE TRIGGER USER;
ALTER TABLE allocations_stock DISABLE TRIGGER USER;
ALTER TABLE allocations_movement DISABLE TRIGGER USER;
ALTER TABLE sales_booking DISABLE TRIGGER USER;
ALTER TABLE sales_bookingline DISABLE TRIGGER USER;

INSERT INTO events_venue (name, slug, city, time_zone, currency)
SELECT 'Hall :house ' || v, 'hall-:house-' || v, 'City ' || v % 20, 'Asia/Kolkata', 'INR'
  FROM generate_series(1, :venues) v;

INSERT INTO transfers_transferpolicy (venue_id)
SELECT id FROM events_venue WHERE slug LIKE 'hall-:house-%';

INSERT INTO allocations_saleschannel (venue_id, name, code, kind, place, settlement_days, audience,
       pricing, connectivity, default_hold_seconds, longest_hold_seconds, longest_lease_hours,
       lease_grace_minutes, team, stop_reason, usual_percent, usual_draws)
SELECT v.id, k.name, lower(k.name), k.kind, k.place, k.days, 'IMPULSE', 'FIXED', 'REAL_TIME', 600,
       3600, 24, 120, 'BOX_OFFICE', '', 100, false
  FROM events_venue v,
       (VALUES ('Website', 'DIRECT', 'WEBSITE', 0), ('Desk', 'PHYSICAL', 'BOX_OFFICE', 0),
               ('Agent', 'PARTNER', 'TRAVEL_AGENT', 30), ('Market', 'THIRD_PARTY', 'MARKETPLACE', 15),
               ('Guests', 'HIDDEN', 'GUEST_LIST', 0)) k (name, kind, place, days)
 WHERE v.slug LIKE 'hall-:house-%';

-- From two years ago to a year ahead, evenly.
INSERT INTO events_event (venue_id, name, status, starts_at, all_day, stop_reason, config_version)
SELECT v.id, 'Show :house ' || e, CASE WHEN e % 3 = 0 THEN 'ON_SALE' ELSE 'CLOSED' END,
       date_trunc('hour', now()) - interval '730 days'
           + e * (interval '1095 days' / :events), false, '', 1
  FROM generate_series(1, :events) e
  JOIN (SELECT id, row_number() OVER (ORDER BY id) n FROM events_venue WHERE slug LIKE 'hall-:house-%') v
    ON v.n = e % :venues + 1;

CREATE TEMPORARY TABLE shows ON COMMIT DROP AS
SELECT id, venue_id, row_number() OVER (ORDER BY id) n FROM events_event WHERE name LIKE 'Show :house %';

INSERT INTO events_pool (event_id, name, capacity, position)
SELECT s.id, p.name, 2000000, p.place
  FROM shows s, (VALUES ('General admission', 0), ('Car park', 1)) p (name, place);

INSERT INTO events_item (event_id, name, kind, unit_type, min_per_booking, stop_reason, position)
SELECT s.id, i.name, i.kind, 'ADULT', 1, '', i.place
  FROM shows s, (VALUES ('Adult', 'STANDALONE', 0), ('Adult with parking', 'BUNDLE', 1)) i (name, kind, place);

INSERT INTO events_component (item_id, pool_id, units)
SELECT i.id, p.id, 1 FROM shows s
  JOIN events_item i ON i.event_id = s.id
  JOIN events_pool p ON p.event_id = s.id AND (p.position = 0 OR i.position = 1);

INSERT INTO allocations_listing (event_id, item_id, channel_id, price, is_on, stop_reason)
SELECT s.id, i.id, c.id, 400, true, '' FROM shows s
  JOIN events_item i ON i.event_id = s.id
  JOIN allocations_saleschannel c ON c.venue_id = s.venue_id;

INSERT INTO allocations_stock (event_id, kind, pool_id, channel_id, name, quantity, held, sold, drawn, version)
SELECT s.id, 'CHANNEL', p.id, c.id, '', 400000, 0, 0, 0, 1 FROM shows s
  JOIN events_pool p ON p.event_id = s.id
  JOIN allocations_saleschannel c ON c.venue_id = s.venue_id;
INSERT INTO allocations_stock (event_id, kind, pool_id, name, quantity, held, sold, drawn, version)
SELECT s.id, 'OPEN', p.id, '', 0, 0, 0, 0, 2 FROM shows s JOIN events_pool p ON p.event_id = s.id;

INSERT INTO allocations_movement (stock_id, version, kind, delta_quantity, delta_held, delta_sold,
       delta_drawn, quantity, held, sold, drawn, document_kind, reason, at)
SELECT t.id, 1, 'CAPACITY', 2000000, 0, 0, 0, 2000000, 0, 0, 0, '', 'bench', now() - interval '800 days'
  FROM shows s JOIN allocations_stock t ON t.event_id = s.id AND t.kind = 'OPEN'
 UNION ALL
SELECT t.id, 2, 'MOVE', -2000000, 0, 0, 0, 0, 0, 0, 0, '', 'bench', now() - interval '800 days'
  FROM shows s JOIN allocations_stock t ON t.event_id = s.id AND t.kind = 'OPEN'
 UNION ALL
SELECT t.id, 1, 'MOVE', 400000, 0, 0, 0, 400000, 0, 0, 0, '', 'bench', now() - interval '800 days'
  FROM shows s JOIN allocations_stock t ON t.event_id = s.id AND t.kind = 'CHANNEL';

-- Each sells one adult. Every second one is of the same event, the others go round.
CREATE TEMPORARY TABLE sold ON COMMIT DROP AS
SELECT b.n, s.id AS event_id, s.venue_id, l.id AS listing_id, l.item_id, l.channel_id, t.id AS stock_id,
       now() - interval '700 days' + b.n * (interval '700 days' / :bookings) AS at
  FROM generate_series(1, :bookings) b (n)
  JOIN shows s ON s.n = CASE WHEN b.n % 2 = 0 THEN :events ELSE b.n / 2 % :events + 1 END
  JOIN LATERAL (SELECT id FROM allocations_saleschannel WHERE venue_id = s.venue_id
                 ORDER BY id OFFSET b.n / 7 % 5 LIMIT 1) c ON true
  JOIN events_item i ON i.event_id = s.id AND i.position = 0
  JOIN allocations_listing l ON l.item_id = i.id AND l.channel_id = c.id
  JOIN events_pool p ON p.event_id = s.id AND p.position = 0
  JOIN allocations_stock t ON t.pool_id = p.id AND t.channel_id = c.id;

CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT sold.*, nextval('sales_booking_id_seq') AS id,
       1 + row_number() OVER (PARTITION BY stock_id ORDER BY n) AS version
  FROM sold ORDER BY n;

INSERT INTO sales_booking (id, uuid, event_id, channel_id, status, reference, currency, created_at,
       updated_at, confirmed_at, end_reason)
SELECT id, gen_random_uuid(), event_id, channel_id, 'CONFIRMED', 'REF-' || n, 'INR', at, at, at, ''
  FROM numbered ORDER BY id;
INSERT INTO sales_bookingline (booking_id, number, item_id, listing_id, quantity, unit_price, refunded)
SELECT id, 1, item_id, listing_id, 1, 400, 0 FROM numbered ORDER BY id;
INSERT INTO allocations_movement (stock_id, version, kind, delta_quantity, delta_held, delta_sold,
       delta_drawn, quantity, held, sold, drawn, document_kind, document_id, reason, at)
SELECT stock_id, version, 'SELL', 0, 0, 1, 0, 400000, 0, version - 1, 0, 'BOOKING', id, '', at
  FROM numbered ORDER BY id;
UPDATE allocations_stock t SET sold = n.sold, version = n.sold + 1
  FROM (SELECT stock_id, count(*) AS sold FROM numbered GROUP BY stock_id) n WHERE n.stock_id = t.id;

ALTER TABLE events_venue ENABLE TRIGGER USER;
ALTER TABLE allocations_saleschannel ENABLE TRIGGER USER;
ALTER TABLE events_event ENABLE TRIGGER USER;
ALTER TABLE events_pool ENABLE TRIGGER USER;
ALTER TABLE events_item ENABLE TRIGGER USER;
ALTER TABLE events_component ENABLE TRIGGER USER;
ALTER TABLE allocations_listing ENABLE TRIGGER USER;
ALTER TABLE allocations_stock ENABLE TRIGGER USER;
ALTER TABLE allocations_movement ENABLE TRIGGER USER;
ALTER TABLE sales_booking ENABLE TRIGGER USER;
ALTER TABLE sales_bookingline ENABLE TRIGGER USER;
