-- For bench/rules.py: 10 venues with 100 events on sale each, four pools of five channels, ten rules a
-- venue. Of each event's first pool one channel has sold 95 % and another 20 %; of all others 60 %.
-- Written past services, triggers and ledger: reconcile would find it, so it comes last.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE events_venue DISABLE TRIGGER USER;
ALTER TABLE events_event DISABLE TRIGGER USER;
ALTER TABLE events_pool DISABLE TRIGGER USER;
ALTER TABLE events_item DISABLE TRIGGER USER;
ALTER TABLE events_component DISABLE TRIGGER USER;
ALTER TABLE allocations_listing DISABLE TRIGGER USER;
ALTER TABLE allocations_stock DISABLE TRIGGER USER;

INSERT INTO events_venue (name, slug, city, time_zone, currency)
SELECT 'Ruled ' || v, 'ruled-' || v, 'City', 'Asia/Kolkata', 'INR' FROM generate_series(1, 10) v;
INSERT INTO transfers_transferpolicy (venue_id) SELECT id FROM events_venue WHERE slug LIKE 'ruled-%';

INSERT INTO allocations_saleschannel (venue_id, name, code, kind, place, settlement_days, audience,
       pricing, connectivity, default_hold_seconds, longest_hold_seconds, longest_lease_hours,
       lease_grace_minutes, team, stop_reason, usual_percent, usual_draws)
SELECT v.id, 'Channel ' || k, 'channel-' || k, 'DIRECT', 'WEBSITE', 0, 'IMPULSE', 'FIXED',
       'REAL_TIME', 600, 3600, 24, 120, 'BOX_OFFICE', '', 100, false
  FROM events_venue v, generate_series(1, 5) k WHERE v.slug LIKE 'ruled-%';

INSERT INTO events_event (venue_id, name, status, starts_at, all_day, stop_reason, config_version)
SELECT v.id, 'Ruled ' || e, 'ON_SALE', now() + interval '3 days' + e * interval '6 hours', false, '', 1
  FROM events_venue v, generate_series(1, 100) e WHERE v.slug LIKE 'ruled-%';

INSERT INTO events_pool (event_id, name, capacity, position)
SELECT e.id, 'Pool ' || p, 500, p FROM events_event e, generate_series(1, 4) p
 WHERE e.name LIKE 'Ruled %';
INSERT INTO events_item (event_id, name, kind, unit_type, min_per_booking, stop_reason, position)
SELECT event_id, 'Ticket ' || position, 'STANDALONE', 'ADULT', 1, '', position
  FROM events_pool p JOIN events_event e ON e.id = p.event_id WHERE e.name LIKE 'Ruled %';
INSERT INTO events_component (item_id, pool_id, units)
SELECT i.id, p.id, 1 FROM events_item i
  JOIN events_pool p ON p.event_id = i.event_id AND p.position = i.position
  JOIN events_event e ON e.id = i.event_id WHERE e.name LIKE 'Ruled %';
INSERT INTO allocations_listing (event_id, item_id, channel_id, price, is_on, stop_reason)
SELECT e.id, i.id, c.id, 400, true, '' FROM events_event e
  JOIN events_item i ON i.event_id = e.id
  JOIN allocations_saleschannel c ON c.venue_id = e.venue_id WHERE e.name LIKE 'Ruled %';
INSERT INTO allocations_stock (event_id, kind, pool_id, channel_id, name, quantity, held, sold, drawn, version)
SELECT e.id, 'CHANNEL', p.id, c.id, '', 100, 0,
       CASE WHEN p.position = 1 AND c.code = 'channel-1' THEN 95
            WHEN p.position = 1 AND c.code = 'channel-2' THEN 20 ELSE 60 END, 0, 1
  FROM events_event e
  JOIN events_pool p ON p.event_id = e.id
  JOIN allocations_saleschannel c ON c.venue_id = e.venue_id WHERE e.name LIKE 'Ruled %';

INSERT INTO transfers_transferrule (venue_id, name, is_active, is_trial, source_below, target_at_least,
       stops_hours, amount, keeps, cooldown_minutes, hysteresis, version)
SELECT v.id, 'Rule ' || r, false, false, 30, 90, 0, 'EQUALIZE', 0, 60, 10, 1
  FROM events_venue v, generate_series(1, 10) r WHERE v.slug LIKE 'ruled-%';

ALTER TABLE events_venue ENABLE TRIGGER USER;
ALTER TABLE events_event ENABLE TRIGGER USER;
ALTER TABLE events_pool ENABLE TRIGGER USER;
ALTER TABLE events_item ENABLE TRIGGER USER;
ALTER TABLE events_component ENABLE TRIGGER USER;
ALTER TABLE allocations_listing ENABLE TRIGGER USER;
ALTER TABLE allocations_stock ENABLE TRIGGER USER;
