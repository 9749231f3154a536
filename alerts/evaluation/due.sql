-- Events on sale to look at: their stock has moved since that was last done, or a minute has passed; "whole"
-- says the latter. Whoever takes them keeps them locked until it has written what it found; another
-- worker passes them by.
SELECT w.event_id, v.versions,
       w.judged_at IS NULL OR w.judged_at <= %(now)s - interval '60 seconds'
  FROM alerts_alertwatch w
  JOIN events_event e ON e.id = w.event_id
  JOIN events_venue venue ON venue.id = e.venue_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(s.version), 0) AS versions
                       FROM allocations_stock s WHERE s.event_id = e.id) v
 WHERE e.status = 'ON_SALE'
   AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                          venue.time_zone) > %(now)s
   AND (w.judged_at IS NULL
        OR w.judged_at <= %(now)s - interval '60 seconds'
        OR w.stock_versions <> v.versions)
 ORDER BY w.event_id
   FOR UPDATE OF w SKIP LOCKED
