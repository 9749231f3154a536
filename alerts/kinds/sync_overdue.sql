-- Channels that sync now and then, sell something now, and have given no sign of life for so long. One that has
-- never given any is not connected yet, which is for the channel map to say.
SELECT r.rule_id, format('channel:%%s', k.id) AS subject, r.venue_id, k.id AS channel_id,
       floor(w.minutes)::float8 AS seen, r.threshold::float8, w.minutes >= r.threshold AS holds,
       w.minutes < r.threshold AS has_ended,
       jsonb_build_object('last_at', w.last_at, 'buffer_needed', b.needed, 'buffer_set_aside', b.set_aside) AS details
  FROM alerts_rules_of_venues('SYNC_OVERDUE') r
  JOIN allocations_saleschannel k ON k.venue_id = r.venue_id
   AND k.connectivity IN ('PERIODIC', 'OFFLINE') AND (r.channel_id IS NULL OR r.channel_id = k.id)
 CROSS JOIN LATERAL (
     SELECT max(c.seen_at) AS last_at, extract(epoch FROM %(now)s - max(c.seen_at)) / 60 AS minutes
       FROM allocations_channelcontact c WHERE c.channel_id = k.id) w
 -- Of its safety buffers on sale: what may be sold before it reports, and what is leased or unsold of it (docs/offline.md).
 CROSS JOIN LATERAL (
     SELECT sum(b.needed) AS needed,
            sum(b.needed - greatest(b.units - (s.quantity - s.held - s.sold), 0)) AS set_aside
       FROM allocations_stock s
       JOIN allocations_safetybuffer b ON b.stock_id = s.id AND b.needed > 0
       JOIN events_event e ON e.id = s.event_id AND e.status = 'ON_SALE'
       JOIN events_venue v ON v.id = e.venue_id
      WHERE w.minutes >= r.threshold AND s.channel_id = k.id
        AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                               v.time_zone) > %(now)s) b
 WHERE w.last_at IS NOT NULL
   AND EXISTS (SELECT FROM allocations_stock s
                 JOIN events_event e ON e.id = s.event_id
                 JOIN events_venue v ON v.id = e.venue_id
                WHERE s.channel_id = k.id AND e.status = 'ON_SALE'
                  AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                                         v.time_zone) > %(now)s)
