-- What the rules of some events would move now: one pair of channels for each pool (and one more
-- for the rules on trial, which stand in nobody's way). docs/transfers.md says each term in words.
WITH rule AS (
    SELECT r.*, e.id AS of_event
      FROM events_event e
      JOIN transfers_transferrule r
        ON r.venue_id = e.venue_id AND (r.event_id IS NULL OR r.event_id = e.id)
     WHERE e.id = ANY (%(events)s) AND r.is_active
       AND (r.starts_hours IS NULL
            OR %(now)s >= e.starts_at - make_interval(hours => r.starts_hours))
       AND (r.stops_hours = 0 OR %(now)s < e.starts_at - make_interval(hours => r.stops_hours))
), side AS (
    -- Of its own allocation, drawn units left out, as Stock.sell_through.
    SELECT s.id, s.event_id, s.pool_id, s.channel_id, s.quantity, s.ceiling,
           s.quantity - s.held - s.sold AS free,
           s.quantity - s.drawn AS own,
           least(s.sold, s.held + s.sold - s.drawn) AS own_sold,
           -- A plan's part is its channel's alone, unless it is dynamic: then down to its floor.
           CASE WHEN l.id IS NULL THEN s.quantity
                WHEN l.is_dynamic THEN s.quantity - s.drawn - coalesce(l.floor, 0)
                ELSE 0 END AS loose,
           EXISTS (
               SELECT FROM allocations_listing o
                 JOIN events_item i ON i.id = o.item_id
                 JOIN events_component c ON c.item_id = i.id AND c.pool_id = s.pool_id
                WHERE o.channel_id = s.channel_id AND o.event_id = s.event_id
                  AND o.is_on AND o.stop_reason = '' AND i.stop_reason = '' AND k.stop_reason = ''
                  AND coalesce(o.sales_until, %(now)s) >= %(now)s
                  AND coalesce(i.sales_until, %(now)s) >= %(now)s
           ) AS sells
      FROM allocations_stock s
      JOIN allocations_saleschannel k ON k.id = s.channel_id
      LEFT JOIN allocations_allocationplan p ON p.pool_id = s.pool_id AND p.status = 'IN_FORCE'
      LEFT JOIN allocations_planline l ON l.plan_id = p.id AND l.channel_id = s.channel_id
     WHERE s.event_id = ANY (%(events)s) AND s.kind = 'CHANNEL' AND s.quantity > s.drawn
), pair AS (
    SELECT r.id AS rule_id, r.event_id AS rule_event, r.version, r.is_trial, r.amount, r.value,
           r.keeps, r.most_per_run, r.most_per_day,
           src.pool_id, src.id AS source_id, tgt.id AS target_id, src.free, src.loose,
           src.own AS source_own, src.own_sold AS source_sold, 100.0 * src.own_sold / src.own AS low,
           tgt.own AS target_own, tgt.own_sold AS target_sold, 100.0 * tgt.own_sold / tgt.own AS high,
           tgt.ceiling - tgt.quantity AS room,
           r.source_below - turned.extra AS below,
           least(100, r.target_at_least + turned.extra) AS at_least
      FROM rule r
      JOIN side src ON src.event_id = r.of_event AND src.free > 0 AND src.loose > 0
      JOIN side tgt ON tgt.pool_id = src.pool_id AND tgt.id <> src.id AND tgt.sells
     -- What happened between the two before, either way; trials count for their own rule alone.
     CROSS JOIN LATERAL (
         SELECT CASE WHEN (
                    SELECT t.source_id FROM transfers_transfer t
                     WHERE t.source_id IN (src.id, tgt.id) AND t.target_id IN (src.id, tgt.id)
                       AND (t.status = 'EXECUTED' OR t.status = 'TRIAL' AND t.rule_id = r.id)
                     ORDER BY t.id DESC LIMIT 1
                ) = tgt.id THEN r.hysteresis ELSE 0 END AS extra
     ) turned
     WHERE 100.0 * src.own_sold / src.own < r.source_below - turned.extra
       AND 100.0 * tgt.own_sold / tgt.own >= least(100, r.target_at_least + turned.extra)
       AND NOT EXISTS (
           SELECT FROM transfers_transfer t
            WHERE t.source_id IN (src.id, tgt.id) AND t.target_id IN (src.id, tgt.id)
              AND (t.status <> 'TRIAL' OR t.rule_id = r.id)
              AND (t.status = 'REQUESTED' OR t.requested_at > %(now)s - CASE
                   -- The stock had changed at that moment: it is soon tried anew.
                   WHEN t.status = 'FAILED' THEN interval '1 minute'
                   ELSE make_interval(mins => r.cooldown_minutes) END))
       AND (NOT EXISTS (SELECT FROM transfers_transferrule_sources m
                         WHERE m.transferrule_id = r.id)
            OR EXISTS (SELECT FROM transfers_transferrule_sources m
                        WHERE m.transferrule_id = r.id AND m.saleschannel_id = src.channel_id))
       AND (NOT EXISTS (SELECT FROM transfers_transferrule_targets m
                         WHERE m.transferrule_id = r.id)
            OR EXISTS (SELECT FROM transfers_transferrule_targets m
                        WHERE m.transferrule_id = r.id AND m.saleschannel_id = tgt.channel_id))
       AND NOT transfers_is_protected(src.event_id, src.id)
), sized AS (
    SELECT pair.*, least(
               CASE amount
                   WHEN 'UNITS' THEN value
                   WHEN 'PERCENT' THEN free * value / 100
                   -- Both have then sold the same share; half of what is unsold at most, since a
                   -- channel that has sold nothing would give all.
                   ELSE least((free + 1) / 2,
                              target_sold::bigint * (source_own + target_own)
                                  / (source_sold + target_sold) - target_own)
               END,
               free - keeps, loose, room, most_per_run,
               most_per_day - (
                   SELECT coalesce(sum(coalesce(t.moved, t.units)), 0) FROM transfers_transfer t
                    WHERE t.rule_id = pair.rule_id AND t.pool_id = pair.pool_id
                      AND t.requested_at > %(now)s - interval '24 hours'
                      AND t.status IN ('REQUESTED', 'APPROVED', 'EXECUTED', 'TRIAL'))
           )::bigint AS units
      FROM pair
)
SELECT DISTINCT ON (pool_id, is_trial)
       rule_id, version, is_trial, source_id, target_id, units, low, high, below, at_least
  FROM sized
 WHERE units >= 1
 ORDER BY pool_id, is_trial, rule_event NULLS LAST, rule_id,
          high DESC, low, free DESC, source_id, target_id
