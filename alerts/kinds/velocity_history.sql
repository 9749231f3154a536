-- What velocity is judged by: of each channel's stock row and length of window the past windows, back to two
-- weeks, all of them and those at the same time of day. A window is whole quarters of an hour. Time in
-- which the channel could not sell is left out ("open" counts windows), and with it windows of which half or more is.
-- They change every quarter of an hour: those that were worked out longest ago come first, a
-- fifteenth of all a minute, so that no look is long.
WITH clock AS MATERIALIZED (
    SELECT date_bin('15 minutes', %(now)s, 'epoch') AS quarter
), wanted AS MATERIALIZED (
    SELECT DISTINCT s.id AS stock_id, r.window_minutes
      FROM alerts_rules_for(%(events)s, 'VELOCITY') r
      JOIN allocations_stock s ON s.event_id = r.event_id AND s.kind = 'CHANNEL'
       AND (r.pool_id IS NULL OR r.pool_id = s.pool_id)
       AND (r.channel_id IS NULL OR r.channel_id = s.channel_id)
), row AS MATERIALIZED (
    SELECT w.stock_id, w.window_minutes, c.quarter, w.window_minutes * 60.0::float8 AS seconds,
           least(floor(extract(epoch FROM c.quarter - p.since) / (60 * w.window_minutes)),
                 20160 / w.window_minutes)::int - 1 AS windows,
           1440 / w.window_minutes AS a_day
      FROM wanted w
     CROSS JOIN clock c
      JOIN alerts_stockpace p ON p.stock_id = w.stock_id
      LEFT JOIN alerts_pacehistory h ON h.stock_id = w.stock_id AND h.window_minutes = w.window_minutes
     WHERE h.quarter IS NULL OR h.quarter < c.quarter
     ORDER BY h.quarter NULLS FIRST, w.stock_id, w.window_minutes
     LIMIT greatest(%(minimum)s, (SELECT count(*) / 15 FROM wanted))
), counted AS (
    SELECT r.stock_id, r.window_minutes, r.quarter, past.*,
           greatest(r.windows / r.a_day - past.same_out, 0) AS same_windows,
           -- Less than a day has not seen day and night.
           CASE WHEN r.windows >= r.a_day THEN r.windows - past.any_out ELSE 0 END AS any_windows
      FROM row r
     CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE is_out) AS any_out,
                count(*) FILTER (WHERE is_out AND is_same) AS same_out,
                coalesce(sum(sold) FILTER (WHERE NOT is_out), 0) AS any_units,
                coalesce(sum(sold * sold) FILTER (WHERE NOT is_out), 0) AS any_squares,
                coalesce(sum(shut) FILTER (WHERE NOT is_out), 0) / r.seconds AS any_shut,
                coalesce(sum(sold) FILTER (WHERE is_same AND NOT is_out), 0) AS same_units,
                coalesce(sum(sold * sold) FILTER (WHERE is_same AND NOT is_out), 0) AS same_squares,
                coalesce(sum(shut) FILTER (WHERE is_same AND NOT is_out), 0) / r.seconds AS same_shut
           FROM (SELECT sum(s.sold - s.unwatched) AS sold, sum(s.shut_seconds) AS shut,
                        sum(s.shut_seconds) > r.seconds / 2 AS is_out, k.back %% r.a_day = 0 AS is_same
                   FROM alerts_paceslot s
                  CROSS JOIN LATERAL (
                      SELECT ceil(extract(epoch FROM r.quarter - s.slot)::float8 / r.seconds)::int - 1
                          AS back) k
                  WHERE s.stock_id = r.stock_id AND k.back <= r.windows
                    AND s.slot < r.quarter - r.seconds * interval '1 second'
                    AND s.slot >= r.quarter - interval '15 days'
                  GROUP BY k.back) filled) past
)
INSERT INTO alerts_pacehistory (stock_id, window_minutes, quarter,
       same_windows, same_units, same_squares, same_open, any_windows, any_units, any_squares, any_open)
SELECT stock_id, window_minutes, quarter,
       same_windows, same_units, same_squares, greatest(same_windows - same_shut, 0),
       any_windows, any_units, any_squares, greatest(any_windows - any_shut, 0)
  FROM counted
    ON CONFLICT (stock_id, window_minutes) DO UPDATE
   SET quarter = excluded.quarter,
       same_windows = excluded.same_windows, same_units = excluded.same_units,
       same_squares = excluded.same_squares, same_open = excluded.same_open,
       any_windows = excluded.any_windows, any_units = excluded.any_units,
       any_squares = excluded.any_squares, any_open = excluded.any_open
