-- Of some events, each stock row of a channel that reports late and has reported: what it could have sold since, in units,
-- of its own, of what it may have drawn and of its leases; what of that its leases cover; from when on it sells no more, and since when
-- it could have sold; what is estimated of it so far.
SELECT s.id, s.event_id, s.pool_id, s.channel_id, v.time_zone, s.sold,
       (s.quantity - s.held - s.sold
        + CASE WHEN o.id IS NULL THEN 0
               ELSE greatest(least(o.quantity, s.ceiling - s.quantity), 0) END
        + leased.units)::integer,
       leased.units::integer,
       -- What waits to go back was on sale until it was to go back. Who draws goes on selling.
       coalesce(least(offered.closes_at, CASE WHEN s.draws_on_id IS NULL THEN s.releases_at END),
                last.received_at),
       greatest(e.sales_from, (SELECT m.at FROM allocations_movement m
                                WHERE m.stock_id = s.id AND m.version = 1)),
       u.about, u.low, u.high, u.at_risk, u.reported_at, u.estimated_at
  FROM allocations_stock s
  JOIN allocations_saleschannel c ON c.id = s.channel_id AND c.connectivity = ANY (%(late)s)
  JOIN events_event e ON e.id = s.event_id
  JOIN events_venue v ON v.id = e.venue_id
  LEFT JOIN allocations_unreportedsales u ON u.stock_id = s.id
 CROSS JOIN LATERAL (SELECT y.received_at FROM offline_sync y
                      WHERE y.channel_id = c.id ORDER BY y.id DESC LIMIT 1) last
  -- It may have drawn if its window was open at any moment since.
  LEFT JOIN allocations_stock o
    ON o.id = s.draws_on_id AND coalesce(s.draws_from, %(now)s) <= %(now)s
   AND coalesce(s.draws_until, 'infinity') > last.received_at
 CROSS JOIN LATERAL (
     SELECT max(least(events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at,
                                         e.closes_at, v.time_zone),
                      i.sales_until, l.sales_until)) AS closes_at
       FROM events_component k
       JOIN events_item i ON i.id = k.item_id
       JOIN allocations_listing l ON l.item_id = i.id AND l.channel_id = c.id
      WHERE k.pool_id = s.pool_id) offered
 CROSS JOIN LATERAL (
     SELECT coalesce(sum((l.quantity - l.sold - l.handed_back) * k.units), 0) AS units
       FROM sales_block b
       JOIN sales_blockline l ON l.block_id = b.id
       JOIN events_component k ON k.item_id = l.item_id AND k.pool_id = s.pool_id
      WHERE b.event_id = e.id AND b.channel_id = c.id AND b.kind = 'LEASE' AND b.status = 'ACTIVE') leased
 WHERE s.event_id = ANY (%(events)s) AND s.kind = 'CHANNEL'
 ORDER BY s.id
