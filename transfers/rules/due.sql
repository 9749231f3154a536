-- Events that the rules have to look at: their stock has moved since they last did, a second ago or
-- more, or a minute has passed. Whoever takes them keeps them locked until it has acted; another
-- worker passes them by, and afterwards finds them looked at.
SELECT w.event_id, v.versions
  FROM transfers_eventwatch w
  JOIN events_event e ON e.id = w.event_id
  JOIN events_venue venue ON venue.id = e.venue_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(s.version), 0) AS versions
                       FROM allocations_stock s WHERE s.event_id = e.id) v
 WHERE e.status = 'ON_SALE'
   AND NOT EXISTS (SELECT FROM allocations_stop t
                    WHERE t.kind = 'EVENT' AND t.target_id = e.id AND t.reason <> '')
   AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                          venue.time_zone) > %(now)s
   AND EXISTS (SELECT FROM transfers_transferrule r
                WHERE r.is_active AND r.venue_id = e.venue_id
                  AND (r.event_id IS NULL OR r.event_id = e.id))
   AND (w.looked_at IS NULL
        OR w.looked_at <= %(now)s - interval '60 seconds'
        OR w.looked_at <= %(now)s - interval '1 second' AND w.stock_versions <> v.versions)
   AND (%(event)s::bigint IS NULL OR w.event_id = %(event)s)
 ORDER BY w.event_id
   FOR UPDATE OF w SKIP LOCKED
