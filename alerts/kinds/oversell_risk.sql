-- How much of each pool is committed, over all channels. Units of unresolved sync conflicts will count as
-- well: none can arise yet.
SELECT r.rule_id, format('pool:%%s', p.pool_id) AS subject, r.venue_id, r.event_id, p.pool_id,
       NULL::bigint AS item_id, NULL::bigint AS channel_id, p.share::float8 AS seen,
       r.threshold::float8, p.share >= r.threshold AS holds,
       p.share < r.threshold - r.hysteresis AS has_ended,
       jsonb_build_object('committed', p.committed, 'capacity', p.capacity) AS details
  FROM alerts_rules_for(%(events)s, 'OVERSELL_RISK') r
  JOIN (SELECT event_id, pool_id, sum(held + sold) AS committed, sum(quantity) AS capacity,
               100.0 * sum(held + sold) / sum(quantity) AS share
          FROM allocations_stock
         WHERE event_id = ANY (%(events)s) AND kind IN ('CHANNEL', 'OPEN')
         GROUP BY event_id, pool_id HAVING sum(quantity) > 0) p
    ON p.event_id = r.event_id AND (r.pool_id IS NULL OR r.pool_id = p.pool_id)
