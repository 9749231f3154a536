-- Units that each channel has sold in the window that ends now, and in the windows of the same length before
-- it, back to two weeks: all of them, and those at the same time of day. A window is whole quarters of an hour;
-- the one that ends now has the running quarter in addition. "open" counts windows: time in which the
-- channel could not sell is left out, and with it windows of which half or more is.
-- Left out are rows that no judgement could come of (alerts/velocity.py), unless an alert stands.
WITH clock AS MATERIALIZED (
    SELECT date_bin('15 minutes', %(now)s, 'epoch') AS quarter
), row AS MATERIALIZED (
    SELECT r.rule_id, r.venue_id, r.event_id, r.threshold, r.pace, r.probability, r.window_minutes,
           s.id AS stock_id, s.pool_id, s.channel_id, p.since, p.shut_since, c.quarter,
           r.window_minutes * 60.0::float8 AS seconds,
           least(floor(extract(epoch FROM c.quarter - p.since) / (60 * r.window_minutes)),
                 20160 / r.window_minutes)::int - 1 AS windows
      FROM alerts_rules_for(%(events)s, 'VELOCITY') r
      JOIN allocations_stock s ON s.event_id = r.event_id AND s.kind = 'CHANNEL'
       AND (r.pool_id IS NULL OR r.pool_id = s.pool_id)
       AND (r.channel_id IS NULL OR r.channel_id = s.channel_id)
      JOIN alerts_stockpace p ON p.stock_id = s.id
     CROSS JOIN clock c
), filled AS (
    SELECT r.rule_id, r.stock_id, r.windows, r.seconds, k.back, sum(s.sold)::float8 AS sold,
           sum(s.shut_seconds) AS shut, k.back %% (1440 / r.window_minutes) = 0 AS is_same
      FROM row r
      JOIN alerts_paceslot s ON s.stock_id = r.stock_id AND s.slot >= %(now)s - interval '15 days'
     CROSS JOIN LATERAL (
         SELECT greatest(ceil(extract(epoch FROM r.quarter - s.slot) / r.seconds) - 1, 0)::int AS back) k
     WHERE k.back <= r.windows
     GROUP BY r.rule_id, r.stock_id, r.windows, r.seconds, r.window_minutes, k.back
), history AS (
    SELECT rule_id, stock_id,
           coalesce(sum(sold) FILTER (WHERE back = 0), 0) AS seen,
           coalesce(sum(shut) FILTER (WHERE back = 0), 0) AS shut_now,
           count(*) FILTER (WHERE back > 0 AND shut > seconds / 2) AS any_out,
           coalesce(sum(sold) FILTER (WHERE back > 0 AND shut <= seconds / 2), 0) AS any_sold,
           coalesce(sum(sold * sold) FILTER (WHERE back > 0 AND shut <= seconds / 2), 0) AS any_squares,
           coalesce(sum(shut / seconds) FILTER (WHERE back > 0 AND shut <= seconds / 2), 0) AS any_shut,
           count(*) FILTER (WHERE is_same AND back > 0 AND shut > seconds / 2) AS same_out,
           coalesce(sum(sold) FILTER (WHERE is_same AND back > 0 AND shut <= seconds / 2), 0) AS same_sold,
           coalesce(sum(sold * sold) FILTER (WHERE is_same AND back > 0 AND shut <= seconds / 2), 0)
               AS same_squares,
           coalesce(sum(shut / seconds) FILTER (WHERE is_same AND back > 0 AND shut <= seconds / 2), 0)
               AS same_shut
      FROM filled
     GROUP BY rule_id, stock_id
), told AS (
    SELECT r.*, h.seen, h.any_sold, h.any_squares, h.any_shut, h.same_sold, h.same_squares, h.same_shut,
           -- Less than a day has not seen day and night.
           CASE WHEN r.windows * r.window_minutes >= 1440 THEN r.windows - h.any_out ELSE 0 END
               AS any_windows,
           r.windows / (1440 / r.window_minutes) - h.same_out AS same_windows,
           (extract(epoch FROM %(now)s - greatest(r.quarter - r.seconds * interval '1 second', r.since))
               - h.shut_now
               - CASE WHEN r.shut_since IS NULL THEN 0
                      ELSE extract(epoch FROM %(now)s - greatest(
                               r.shut_since, r.quarter - r.seconds * interval '1 second')) END
           ) / r.seconds AS open_now
      FROM row r JOIN history h USING (rule_id, stock_id)
     WHERE r.windows >= 1
)
SELECT rule_id, venue_id, event_id, pool_id, channel_id, threshold::int, pace, probability, window_minutes,
       seen::int, greatest(open_now, 0)::float8 AS open_now,
       same_windows::int, same_sold::int, same_squares::bigint,
       (same_windows - same_shut)::float8 AS same_open,
       any_windows::int, any_sold::int, any_squares::bigint,
       greatest(any_windows - any_shut, 0)::float8 AS any_open
  FROM told
 WHERE seen >= threshold
    OR any_windows > any_shut AND any_sold / (any_windows - any_shut) * open_now >= threshold
    OR same_windows > same_shut AND same_sold / (same_windows - same_shut) * open_now >= threshold
    OR EXISTS (SELECT FROM alerts_alert a
                WHERE a.rule_id = told.rule_id AND a.status IN ('OPEN', 'ACKNOWLEDGED')
                  AND a.pool_id = told.pool_id AND a.channel_id = told.channel_id)
