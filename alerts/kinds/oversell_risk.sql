-- How much of each pool is committed, over all channels: sold, held, and what was sold late and has no stock.
SELECT r.rule_id, format('pool:%%s', p.pool_id) AS subject, r.venue_id, r.event_id, p.pool_id,
       NULL::bigint AS item_id, NULL::bigint AS channel_id, p.share::float8 AS seen,
       r.threshold::float8, p.share >= r.threshold AS holds,
       p.share < r.threshold - r.hysteresis AS has_ended,
       jsonb_build_object('committed', p.committed, 'capacity', p.capacity,
                          'in_conflict', p.in_conflict) AS details
  FROM alerts_rules_for(%(events)s, 'OVERSELL_RISK') r
  JOIN (SELECT s.event_id, s.pool_id, s.used + coalesce(c.units, 0) AS committed, s.capacity,
               coalesce(c.units, 0) AS in_conflict,
               100.0 * (s.used + coalesce(c.units, 0)) / s.capacity AS share
          FROM (SELECT event_id, pool_id, sum(held + sold) AS used, sum(quantity) AS capacity
                  FROM allocations_stock
                 WHERE event_id = ANY (%(events)s) AND kind IN ('CHANNEL', 'OPEN')
                 GROUP BY event_id, pool_id HAVING sum(quantity) > 0) s
          LEFT JOIN (SELECT k.pool_id, sum(l.quantity * k.units) AS units
                       FROM offline_conflict o
                       JOIN offline_conflictline l ON l.conflict_id = o.id
                       JOIN events_component k ON k.item_id = l.item_id
                      WHERE o.event_id = ANY (%(events)s) AND o.status = 'OPEN'
                      GROUP BY k.pool_id) c ON c.pool_id = s.pool_id) p
    ON p.event_id = r.event_id AND (r.pool_id IS NULL OR r.pool_id = p.pool_id)
