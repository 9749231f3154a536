-- Counts what was sold since the last time into quarters of an hour, and keeps when a channel could not sell.
-- A row that is what it was costs no write. Movements are known by their version: it has no gap, and
-- grows under the row's lock.
--
-- For velocity only time that was watched counts, and only what was sold in it ("unwatched" is the rest): a row begins with the first look at it, and
-- where nobody has looked for a while (the event was paused or off sale, the worker stood still) it counts as
-- shut since the last look.
WITH row AS MATERIALIZED (
    SELECT *, coalesce(known_shut_since, unwatched_since) AS shut_since
      FROM (SELECT l.stock_id, l.version, l.sells, p.version AS counted, p.since,
                   p.stock_id IS NULL AS is_new, p.shut_since AS known_shut_since,
                   CASE WHEN w.looked_at < %(seen_by)s THEN w.looked_at END AS unwatched_since
              FROM alerts_channel_levels(%(events)s, %(now)s) l
              JOIN alerts_alertwatch w ON w.event_id = l.event_id
              LEFT JOIN alerts_stockpace p ON p.stock_id = l.stock_id) seen
     WHERE is_new OR counted <> version OR sells <> (known_shut_since IS NULL)
        OR known_shut_since IS NULL AND unwatched_since IS NOT NULL
), sold AS (
    SELECT r.stock_id, date_bin('15 minutes', m.at, 'epoch') AS slot, sum(m.delta_sold) AS sold,
           coalesce(sum(m.delta_sold) FILTER (WHERE r.is_new OR m.at <= r.since OR m.at > r.unwatched_since), 0)
               AS unwatched
      FROM row r
      JOIN allocations_movement m
        ON m.stock_id = r.stock_id AND m.version > coalesce(r.counted, 0) AND m.version <= r.version
     WHERE m.delta_sold > 0 AND m.at > %(now)s - interval '15 days'
     GROUP BY 1, 2
), shut AS (
    SELECT r.stock_id, slot,
           extract(epoch FROM least(slot + interval '15 minutes', %(now)s)
                              - greatest(slot, r.shut_since)) AS seconds
      FROM row r
     CROSS JOIN LATERAL generate_series(
               date_bin('15 minutes', greatest(r.shut_since, %(now)s - interval '15 days'), 'epoch'),
               %(now)s - interval '1 microsecond', interval '15 minutes') slot
     WHERE r.sells AND r.shut_since < %(now)s
), slots AS (
    INSERT INTO alerts_paceslot AS known (stock_id, slot, sold, unwatched, shut_seconds)
    SELECT stock_id, slot, sum(sold), sum(unwatched), sum(seconds)
      FROM (SELECT stock_id, slot, sold, unwatched, 0 AS seconds FROM sold
             UNION ALL SELECT stock_id, slot, 0, 0, seconds FROM shut) both_of_them
     GROUP BY 1, 2
        ON CONFLICT (stock_id, slot) DO UPDATE
       SET sold = known.sold + excluded.sold,
           unwatched = known.unwatched + excluded.unwatched,
           shut_seconds = least(known.shut_seconds + excluded.shut_seconds, 900)
), reopened AS (
    -- The past of one that sells again has a hole that it did not know of.
    DELETE FROM alerts_pacehistory h USING row r
     WHERE h.stock_id = r.stock_id AND r.sells AND r.shut_since IS NOT NULL
)
INSERT INTO alerts_stockpace AS known (stock_id, version, since, shut_since)
SELECT stock_id, version, %(now)s,
       CASE WHEN sells THEN NULL WHEN is_new THEN %(now)s ELSE coalesce(shut_since, %(now)s) END
  FROM row
    ON CONFLICT (stock_id) DO UPDATE
   SET version = excluded.version, shut_since = excluded.shut_since
