-- How much of each pool is committed, over all channels: sold, held, what was sold late and has no stock, and the most
-- that channels that report late may have sold since their last report, beyond their leases (which are held).
SELECT r.rule_id, format('pool:%%s', p.pool_id) AS subject, r.venue_id, r.event_id, p.pool_id,
       NULL::bigint AS item_id, NULL::bigint AS channel_id, p.share::float8 AS seen,
       r.threshold::float8, p.share >= r.threshold AS holds,
       p.share < r.threshold - r.hysteresis AS has_ended,
       jsonb_build_object('committed', p.committed, 'capacity', p.capacity,
                          'in_conflict', p.in_conflict, 'unreported_about', p.about,
                          'unreported_at_most', p.at_most) AS details
  FROM alerts_rules_for(%(events)s, 'OVERSELL_RISK') r
  JOIN (SELECT all_of_it.*, 100.0 * committed / capacity AS share
          FROM (SELECT s.event_id, s.pool_id, s.capacity, s.about, s.at_most,
                       coalesce(c.units, 0) AS in_conflict,
                       s.used + s.at_most + coalesce(c.units, 0) AS committed
                  FROM (SELECT s.event_id, s.pool_id, sum(s.held + s.sold) AS used,
                               sum(s.quantity) AS capacity, coalesce(sum(u.at_risk), 0) AS at_most,
                               coalesce(sum(greatest(u.about - (u.high - u.at_risk), 0)), 0) AS about
                          FROM allocations_stock s
                          LEFT JOIN allocations_unreportedsales u ON u.stock_id = s.id
                         WHERE s.event_id = ANY (%(events)s) AND s.kind IN ('CHANNEL', 'OPEN')
                         GROUP BY s.event_id, s.pool_id HAVING sum(s.quantity) > 0) s
                  LEFT JOIN (SELECT k.pool_id, sum(l.quantity * k.units) AS units
                               FROM offline_conflict o
                               JOIN offline_conflictline l ON l.conflict_id = o.id
                               JOIN events_component k ON k.item_id = l.item_id
                              WHERE o.event_id = ANY (%(events)s) AND o.status = 'OPEN'
                              GROUP BY k.pool_id) c ON c.pool_id = s.pool_id) all_of_it) p
    ON p.event_id = r.event_id AND (r.pool_id IS NULL OR r.pool_id = p.pool_id)
