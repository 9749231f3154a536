-- Channels that sync now and then, sell something now, and have given no sign of life for so long: alerts_contact() says it
-- for the channel map, too, by the rules of the kind 'SYNC_OVERDUE'.
SELECT c.rule_id, format('channel:%%s', c.channel_id) AS subject, c.venue_id, c.channel_id,
       floor(c.minutes)::float8 AS seen, c.threshold, c.is_silent AS holds, NOT c.is_silent AS has_ended,
       jsonb_build_object('last_at', c.last_at, 'buffer_needed', b.needed, 'buffer_set_aside', b.set_aside) AS details
  FROM alerts_contact(%(now)s) c
 -- Of its safety buffers on sale: what may be sold before it reports, and what is leased or unsold of it (docs/offline.md).
 CROSS JOIN LATERAL (
     SELECT sum(b.needed) AS needed,
            sum(b.needed - greatest(b.units - (s.quantity - s.held - s.sold), 0)) AS set_aside
       FROM allocations_stock s
       JOIN allocations_safetybuffer b ON b.stock_id = s.id AND b.needed > 0
       JOIN events_event e ON e.id = s.event_id AND e.status = 'ON_SALE'
       JOIN events_venue v ON v.id = e.venue_id
      WHERE c.is_silent AND s.channel_id = c.channel_id
        AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                               v.time_zone) > %(now)s) b
 WHERE c.rule_id IS NOT NULL AND c.sells AND c.last_at IS NOT NULL
