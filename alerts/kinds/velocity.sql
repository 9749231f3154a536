-- Units that each channel has sold in the window that ends now, beside its past windows (velocity_history.sql). The
-- window now is whole quarters of an hour and the running one in addition; "open_now" counts windows, less
-- the time in which the channel could not sell. Left out are rows that no judgement could come of
-- (alerts/velocity.py), unless an alert stands.
WITH clock AS MATERIALIZED (
    SELECT date_bin('15 minutes', %(now)s, 'epoch') AS quarter
), row AS MATERIALIZED (
    SELECT r.rule_id, r.venue_id, r.event_id, r.threshold, r.pace, r.probability, r.window_minutes,
           s.id AS stock_id, s.pool_id, s.channel_id, p.shut_since,
           greatest(c.quarter - make_interval(mins => r.window_minutes), p.since) AS from_at
      FROM alerts_rules_for(%(events)s, 'VELOCITY') r
     CROSS JOIN clock c
      JOIN allocations_stock s ON s.event_id = r.event_id AND s.kind = 'CHANNEL'
       AND (r.pool_id IS NULL OR r.pool_id = s.pool_id)
       AND (r.channel_id IS NULL OR r.channel_id = s.channel_id)
      JOIN alerts_stockpace p ON p.stock_id = s.id
), told AS (
    SELECT row.*, coalesce(n.seen, 0) AS seen,
           h.same_windows, h.same_units, h.same_squares, h.same_open,
           h.any_windows, h.any_units, h.any_squares, h.any_open,
           (extract(epoch FROM %(now)s - row.from_at)::float8 - coalesce(n.shut, 0)
               - CASE WHEN row.shut_since IS NULL THEN 0
                      ELSE extract(epoch FROM %(now)s - greatest(row.shut_since, row.from_at))::float8 END
           ) / (60 * row.window_minutes) AS open_now,
           EXISTS (SELECT FROM alerts_alert a
                    WHERE a.rule_id = row.rule_id AND a.status IN ('OPEN', 'ACKNOWLEDGED')
                      AND a.pool_id = row.pool_id AND a.channel_id = row.channel_id) AS stands
      FROM row
      JOIN alerts_pacehistory h ON h.stock_id = row.stock_id AND h.window_minutes = row.window_minutes
     CROSS JOIN LATERAL (
         SELECT sum(s.sold - s.unwatched) AS seen, sum(s.shut_seconds) AS shut FROM alerts_paceslot s
          WHERE s.stock_id = row.stock_id AND s.slot >= date_bin('15 minutes', row.from_at, 'epoch')) n
)
SELECT rule_id, venue_id, event_id, pool_id, channel_id,
       least(threshold, 2147483647)::int AS threshold, pace, probability, window_minutes, seen::int, greatest(open_now, 0) AS open_now,
       same_windows, same_units, same_squares, same_open,
       any_windows, any_units, any_squares, any_open, stands
  FROM told
 WHERE seen >= threshold
    OR any_open > 0 AND any_units / any_open * open_now >= threshold
    OR same_open > 0 AND same_units / same_open * open_now >= threshold
    OR stands
