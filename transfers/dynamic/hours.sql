-- Of each row and hour since a moment: units sold less those given back, and the part of the hour in which the
-- row had nothing free. A movement carries the balances that held until the next one; the one
-- before that moment is the first to count.
WITH first AS (
    SELECT r.id, coalesce((SELECT m.version FROM allocations_movement m
                            WHERE m.stock_id = r.id AND m.at < %(since)s
                            ORDER BY m.version DESC LIMIT 1), 0) AS version
      FROM unnest(%(rows)s::bigint[]) r (id)
), line AS MATERIALIZED (
    SELECT m.stock_id, m.at, m.delta_sold, m.quantity - m.held - m.sold AS free,
           lead(m.at, 1, %(now)s) OVER (PARTITION BY m.stock_id ORDER BY m.version) AS until
      FROM first JOIN allocations_movement m ON m.stock_id = first.id AND m.version >= first.version
), empty AS (
    SELECT stock_id, hour,
           extract(epoch FROM least(until, hour + interval '1 hour')
                              - greatest(at, hour, %(since)s)) / 3600 AS part
      FROM line
     CROSS JOIN LATERAL generate_series(date_trunc('hour', greatest(at, %(since)s), 'UTC'),
                                        until - interval '1 microsecond', interval '1 hour') hour
     WHERE free <= 0 AND until > %(since)s AND until > at
)
SELECT stock_id, extract(epoch FROM hour)::bigint / 3600, sum(units)::bigint, sum(part)::float8
  FROM (SELECT stock_id, date_trunc('hour', at, 'UTC') AS hour, delta_sold AS units, 0 AS part
          FROM line WHERE delta_sold <> 0 AND at >= %(since)s
         UNION ALL
        SELECT stock_id, hour, 0, part FROM empty) both_of_them
 GROUP BY 1, 2
