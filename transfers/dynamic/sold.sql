-- Units of pools by whole hours before their event's start, over their whole sale.
SELECT s.pool_id, floor(extract(epoch FROM e.starts_at - m.at) / 3600)::bigint, sum(m.delta_sold)::bigint
  FROM allocations_stock s
  JOIN events_event e ON e.id = s.event_id
  JOIN allocations_movement m ON m.stock_id = s.id AND m.delta_sold <> 0
 WHERE s.pool_id = ANY (%(pools)s) AND s.kind = 'CHANNEL'
 GROUP BY 1, 2
