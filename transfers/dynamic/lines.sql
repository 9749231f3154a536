-- The dynamic lines of plans in force, of events on sale that are due: each channel's row, when units last
-- came to it by a forecast, and when the pool last moved by one (asked for counts: what waits for a
-- person, or was rejected, is not asked again at once).
-- What a person or a partner has asked for and nobody has decided counts as gone, and as coming.
WITH seller AS MATERIALIZED (SELECT pool_id, channel_id FROM transfers_sellers(%(events)s, %(now)s))
SELECT e.id AS event_id, s.pool_id, s.id AS stock_id, s.channel_id,
       greatest(s.quantity - w.going, s.held + s.sold) + w.coming AS quantity, s.held, s.sold, s.drawn,
       coalesce(l.floor, 0) AS floor, coalesce(b.units, 0) AS buffer,
       -- One that cannot sell gets nothing more.
       CASE WHEN (s.pool_id, s.channel_id) IN (SELECT pool_id, channel_id FROM seller) THEN s.ceiling
            ELSE least(s.ceiling, s.quantity) END AS ceiling,
       -- What a channel may have sold and not reported yet it does not give, and nothing where nobody can tell.
       NOT transfers_is_protected(e.id, s.id) AND (u.stock_id IS NULL OR u.about IS NOT NULL) AS gives,
       coalesce(u.at_risk, 0) AS unreported,
       s.draws_on_id IS NOT NULL AS draws, s.releases_at,
       (SELECT max(t.ended_at) FROM transfers_transfer t
         WHERE t.target_id = s.id AND t.origin = 'DYNAMIC' AND t.status = 'EXECUTED') AS received_at,
       (SELECT max(greatest(t.requested_at, t.ended_at)) FROM transfers_transfer t
         WHERE t.pool_id = s.pool_id AND t.origin = 'DYNAMIC' AND t.status <> 'FAILED') AS moved_at,
       (SELECT min(m.at) FROM allocations_movement m WHERE m.stock_id = s.id AND m.version = 1) AS since
  FROM events_event e
  JOIN allocations_stock s ON s.event_id = e.id AND s.kind = 'CHANNEL'
  LEFT JOIN allocations_unreportedsales u ON u.stock_id = s.id
  CROSS JOIN LATERAL (
      SELECT coalesce(sum(t.units) FILTER (WHERE t.source_id = s.id), 0)::integer AS going,
             coalesce(sum(t.units) FILTER (WHERE t.target_id = s.id), 0)::integer AS coming
        FROM transfers_transfer t
       WHERE t.status = 'REQUESTED' AND t.lapses_at > %(now)s AND s.id IN (t.source_id, t.target_id)
  ) w
  LEFT JOIN allocations_buffers(%(events)s) b ON b.stock_id = s.id
  JOIN allocations_allocationplan p ON p.pool_id = s.pool_id AND p.status = 'IN_FORCE'
  JOIN allocations_planline l ON l.plan_id = p.id AND l.channel_id = s.channel_id AND l.is_dynamic
 WHERE e.id = ANY (%(events)s)
   -- What has gone back is nobody's any more.
   AND (l.releases_at IS NULL AND l.release_hours IS NULL OR s.releases_at > %(now)s)
   AND NOT EXISTS (SELECT FROM transfers_transfer t
                    WHERE t.pool_id = s.pool_id AND t.origin IN ('RULE', 'DYNAMIC')
                      AND t.status = 'REQUESTED')
 ORDER BY s.pool_id, s.channel_id
