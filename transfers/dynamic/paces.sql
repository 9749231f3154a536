-- The five latest past dates of each pool's series that have a pool of the same name: how they sold says
-- when this one will.
SELECT f.pool_id, past.pool_id
  FROM (SELECT p.id AS pool_id, p.name, e.series_id, e.starts_at
          FROM events_pool p JOIN events_event e ON e.id = p.event_id
         WHERE p.id = ANY (%(pools)s) AND e.series_id IS NOT NULL) f
 CROSS JOIN LATERAL (
     SELECT q.id AS pool_id FROM events_event e
       JOIN events_pool q ON q.event_id = e.id AND q.name = f.name
      WHERE e.series_id = f.series_id AND e.starts_at < %(now)s AND e.starts_at < f.starts_at
        AND e.status <> 'CANCELLED'
      ORDER BY e.starts_at DESC LIMIT 5
 ) past
