-- Events on sale of which some buffer has to be worked out: the channel has synced since, or its time has come. Of a sync
-- those of its pools that it has reported anything of, now or before.
WITH fresh AS MATERIALIZED (
    SELECT * FROM unnest(%(channels)s::bigint[], %(seen)s::bigint[], %(newest)s::bigint[]) f (channel_id, seen, newest)
), row AS (
    SELECT s.id, s.event_id, f.newest
      FROM fresh f
      JOIN offline_sync y ON y.channel_id = f.channel_id AND y.id > f.seen
      JOIN offline_reportedunits u ON u.sync_id = y.id
      JOIN allocations_stock s ON s.pool_id = u.pool_id AND s.channel_id = f.channel_id AND s.kind = 'CHANNEL'
     UNION
    SELECT s.id, s.event_id, f.newest
      FROM fresh f
      JOIN allocations_stock s ON s.channel_id = f.channel_id AND s.kind = 'CHANNEL'
      JOIN allocations_safetybuffer b ON b.stock_id = s.id
), due AS (
    SELECT r.event_id, r.id FROM row r
      LEFT JOIN allocations_safetybuffer b ON b.stock_id = r.id
     WHERE coalesce(b.sync_id, 0) < r.newest
     UNION
    SELECT s.event_id, s.id FROM allocations_safetybuffer b JOIN allocations_stock s ON s.id = b.stock_id
     WHERE b.due_at <= %(now)s
)
SELECT d.event_id, array_agg(d.id)
  FROM due d
  JOIN events_event e ON e.id = d.event_id
  JOIN events_venue v ON v.id = e.venue_id
 WHERE e.status = 'ON_SALE'
   AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at, v.time_zone)
       > %(now)s
 GROUP BY d.event_id
 -- In no order: what is stuck would come first each time, and in the end nothing else.
 ORDER BY random()
 LIMIT %(maximum)s
