-- How past dates of a series sold: units of a pool by whole hours before the start, of the five latest
-- dates that have a pool of the same name.
SELECT f.pool_id, past.id, floor(extract(epoch FROM past.starts_at - m.at) / 3600)::bigint AS hour,
       sum(m.delta_sold)::bigint
  FROM (SELECT p.id AS pool_id, p.name, e.series_id, e.starts_at
          FROM events_pool p JOIN events_event e ON e.id = p.event_id
         WHERE p.id = ANY (%(pools)s) AND e.series_id IS NOT NULL) f
 CROSS JOIN LATERAL (
     SELECT e.id, e.starts_at, q.id AS pool_id FROM events_event e
       JOIN events_pool q ON q.event_id = e.id AND q.name = f.name
      WHERE e.series_id = f.series_id AND e.starts_at < %(now)s AND e.starts_at < f.starts_at
        AND e.status <> 'CANCELLED'
      ORDER BY e.starts_at DESC LIMIT 5
 ) past
  JOIN allocations_stock s ON s.pool_id = past.pool_id AND s.kind = 'CHANNEL'
  JOIN allocations_movement m ON m.stock_id = s.id AND m.delta_sold <> 0
 GROUP BY 1, 2, 3
