-- For bench/alerts.py, over what bench/rules.sql has filled: ten alert rules of stock a venue, and two weeks of
-- counted sales, fifty quarters of an hour of each of the 20,000 rows.
UPDATE events_event SET status = 'PAUSED' WHERE name LIKE 'Ruled %';
DELETE FROM alerts_alert WHERE venue_id IN (SELECT id FROM events_venue WHERE slug LIKE 'ruled-%');
DELETE FROM alerts_alertwatch WHERE event_id IN (SELECT id FROM events_event WHERE name LIKE 'Ruled %');

DELETE FROM alerts_alertrule WHERE name LIKE 'Bench _';
INSERT INTO alerts_alertrule (venue_id, name, kind, severity, per, unit, threshold, other_threshold,
       window_minutes, pace, probability, hysteresis, cooldown_minutes)
SELECT v.id, r.*
  FROM events_venue v,
       (VALUES ('Bench 1', 'LOW_STOCK', 'WARNING', 'CHANNEL', 'UNITS', 6, NULL::numeric, NULL::int, '', NULL::float8, 0, 60),
               ('Bench 2', 'LOW_STOCK', 'CRITICAL', 'ITEM', 'UNITS', 10, NULL, NULL, '', NULL, 0, 60),
               ('Bench 3', 'OVERSELL_RISK', 'CRITICAL', '', '', 99, NULL, NULL, '', NULL, 1, 60),
               ('Bench 4', 'SELL_THROUGH_GAP', 'WARNING', '', '', 90, 30, NULL, '', NULL, 5, 60),
               ('Bench 5', 'VELOCITY', 'CRITICAL', '', '', 20, NULL, 180, 'SLOWER', 1e-6, 0, 60)) r
 WHERE v.slug LIKE 'ruled-%';

INSERT INTO alerts_stockpace (stock_id, version, since)
SELECT s.id, s.version, now() - interval '15 days'
  FROM allocations_stock s JOIN events_event e ON e.id = s.event_id
 WHERE e.name LIKE 'Ruled %' AND s.kind = 'CHANNEL'
    ON CONFLICT (stock_id) DO UPDATE SET since = excluded.since;
INSERT INTO alerts_paceslot (stock_id, slot, sold)
SELECT p.stock_id, date_bin('15 minutes', now() - k * interval '6 hours 45 minutes', 'epoch'),
       -- One in twenty sells fast, all day long.
       (1 + (p.stock_id * 7 + k * 13) % 5) * CASE WHEN p.stock_id % 20 = 0 THEN 40 ELSE 1 END
  FROM alerts_stockpace p
  JOIN allocations_stock s ON s.id = p.stock_id
  JOIN events_event e ON e.id = s.event_id AND e.name LIKE 'Ruled %',
       generate_series(1, 50) k
    ON CONFLICT DO NOTHING;
