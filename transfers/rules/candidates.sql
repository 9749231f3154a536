-- What the rules of some events would move now: one pair of channels for each pool (and one more
-- for the rules on trial, which stand in nobody's way). docs/transfers.md says each term in words.
--
-- Each step is worked out once and leaves little to the next: that is what MATERIALIZED is for. Conditions stand
-- together in a CASE, which the planner takes for one: it multiplies the odds of several, expects a single row in the end,
-- and then compares each source with each target. Of ten thousand each that took minutes.
WITH rule AS MATERIALIZED (
    SELECT r.*, e.id AS of_event
      FROM events_event e
      JOIN transfers_transferrule r
        ON r.venue_id = e.venue_id AND (r.event_id IS NULL OR r.event_id = e.id)
     WHERE e.id = ANY (%(events)s) AND CASE WHEN r.is_active THEN true END
       AND (r.starts_hours IS NULL
            OR %(now)s >= e.starts_at - make_interval(hours => r.starts_hours))
       AND (r.stops_hours = 0 OR %(now)s < e.starts_at - make_interval(hours => r.stops_hours))
), waiting AS MATERIALIZED (
    -- What somebody has still to decide: it counts as gone from there, and as coming there.
    SELECT t.source_id, t.target_id, t.units FROM transfers_transfer t
     WHERE t.status = 'REQUESTED' AND t.lapses_at > %(now)s AND t.event_id = ANY (%(events)s)
), side AS MATERIALIZED (
    SELECT s.id, s.event_id, s.pool_id, s.channel_id,
           -- Of a channel that reports late, what is free whatever it has sold since; nothing where nobody can tell.
           CASE WHEN u.stock_id IS NOT NULL AND u.about IS NULL THEN 0
                ELSE s.quantity - s.held - s.sold - g.units - greatest(u.at_risk, b.units, 0) END AS free,
           own.own, own.own_sold AS sold, own.percent AS share,
           -- Who gives may have sold the most that it may not have reported; who gets, only what it has reported.
           least(own.own_sold + coalesce(u.high, 0), own.own) AS perhaps_sold, coalesce(u.high, 0) AS unreported,
           s.ceiling - s.quantity AS room,
           -- A plan's part is its channel's alone, unless it is dynamic: then down to its floor.
           CASE WHEN l.id IS NULL THEN s.quantity - g.units
                WHEN l.is_dynamic THEN s.quantity - s.drawn - coalesce(l.floor, 0) - g.units
                ELSE 0 END - coalesce(b.units, 0) AS loose,
           -- Its safety buffer sees to it, while there is stock that it shares.
           f.needed > 0 AND o.quantity > 0 AS is_supplied
      FROM allocations_sell_through(%(events)s) own
      JOIN allocations_stock s ON s.id = own.stock_id
     CROSS JOIN LATERAL (SELECT coalesce(sum(w.units), 0) AS units
                           FROM waiting w WHERE w.source_id = s.id) g
      LEFT JOIN allocations_unreportedsales u ON u.stock_id = s.id
      LEFT JOIN allocations_buffers(%(events)s) b ON b.stock_id = s.id
      LEFT JOIN allocations_safetybuffer f ON f.stock_id = s.id
      LEFT JOIN allocations_stock o ON o.id = s.draws_on_id
      LEFT JOIN allocations_allocationplan p ON p.pool_id = s.pool_id AND p.status = 'IN_FORCE'
      LEFT JOIN allocations_planline l ON l.plan_id = p.id AND l.channel_id = s.channel_id
), source AS MATERIALIZED (
    SELECT r.id AS rule_id, r.event_id AS rule_event, r.version, r.is_trial, r.amount, r.value, r.keeps,
           r.max_per_run, r.max_per_day, r.cooldown_minutes, r.source_below, r.target_at_least, r.hysteresis,
           100.0 * s.perhaps_sold / s.own AS most, s.*
      FROM rule r JOIN side s ON s.event_id = r.of_event
     WHERE CASE WHEN
           100.0 * s.perhaps_sold / s.own < r.source_below AND least(s.free - r.keeps, s.loose) > 0
       AND (NOT EXISTS (SELECT FROM transfers_transferrule_sources m
                         WHERE m.transferrule_id = r.id)
            OR EXISTS (SELECT FROM transfers_transferrule_sources m
                        WHERE m.transferrule_id = r.id AND m.saleschannel_id = s.channel_id))
           THEN true END
), target AS MATERIALIZED (
    SELECT r.id AS rule_id, s.*
      FROM rule r JOIN side s ON s.event_id = r.of_event
     WHERE CASE WHEN
           s.share >= r.target_at_least AND coalesce(s.room, 1) > 0 AND NOT coalesce(s.is_supplied, false)
       -- One request at a time for a need, whoever has asked: the next when that one is decided.
       AND NOT EXISTS (SELECT FROM waiting w WHERE w.target_id = s.id)
       AND (NOT EXISTS (SELECT FROM transfers_transferrule_targets m
                         WHERE m.transferrule_id = r.id)
            OR EXISTS (SELECT FROM transfers_transferrule_targets m
                        WHERE m.transferrule_id = r.id AND m.saleschannel_id = s.channel_id))
           THEN true END
), pair AS MATERIALIZED (
    SELECT src.rule_id, src.rule_event, src.version, src.is_trial, src.amount, src.value, src.keeps,
           src.max_per_run, src.max_per_day, src.cooldown_minutes, src.source_below,
           src.target_at_least, src.hysteresis,
           src.event_id, src.pool_id, src.id AS source_id, src.free, src.loose,
           src.own AS source_own, src.perhaps_sold AS source_sold, src.most AS low, src.unreported,
           tgt.id AS target_id, tgt.channel_id AS target_channel, tgt.room,
           tgt.own AS target_own, tgt.sold AS target_sold, tgt.share AS high
      FROM source src
      JOIN target tgt ON tgt.rule_id = src.rule_id AND tgt.pool_id = src.pool_id
                     AND tgt.id <> src.id
), seller AS MATERIALIZED (
    SELECT pool_id, channel_id
      FROM transfers_sellers(ARRAY(SELECT DISTINCT event_id FROM pair), %(now)s)
), known AS MATERIALIZED (
    -- What happened between the two before, either way; trials count for trials of their own rule.
    SELECT pair.*,
           CASE WHEN (
               SELECT t.source_id FROM transfers_transfer t
                WHERE t.source_id IN (pair.source_id, pair.target_id)
                  AND t.target_id IN (pair.source_id, pair.target_id)
                  AND (t.status = 'EXECUTED'
                       OR t.status = 'TRIAL' AND pair.is_trial AND t.rule_id = pair.rule_id)
                ORDER BY t.id DESC LIMIT 1
           ) = pair.target_id THEN hysteresis ELSE 0 END AS extra
      FROM pair
     WHERE NOT EXISTS (
               SELECT FROM transfers_transfer t
                WHERE t.source_id IN (pair.source_id, pair.target_id)
                  AND t.target_id IN (pair.source_id, pair.target_id)
                  AND (t.status <> 'TRIAL' OR pair.is_trial AND t.rule_id = pair.rule_id)
                  AND (t.status = 'REQUESTED'
                       OR greatest(t.requested_at, t.ended_at) > %(now)s - CASE
                       -- The stock had changed at that moment: it is soon tried anew.
                       WHEN t.status = 'FAILED' THEN interval '1 minute'
                       -- Nothing moves by a trial, so nothing but time ends what it sees.
                       WHEN t.status = 'TRIAL'
                       THEN make_interval(mins => greatest(pair.cooldown_minutes, 60))
                       ELSE make_interval(mins => pair.cooldown_minutes) END))
       AND CASE WHEN (pair.pool_id, pair.target_channel) IN (SELECT pool_id, channel_id FROM seller)
                THEN true END
       AND NOT transfers_is_protected(pair.event_id, pair.source_id)
), sized AS MATERIALIZED (
    SELECT known.*, source_below - extra AS below, least(100, target_at_least + extra) AS at_least,
           least(
               CASE amount
                   WHEN 'UNITS' THEN value
                   WHEN 'PERCENT' THEN free * value / 100
                   -- Both have then sold the same share; half of what is unsold at most, since a
                   -- channel that has sold nothing would give all.
                   ELSE least((free + 1) / 2,
                              target_sold::bigint * (source_own + target_own)
                                  / (source_sold + target_sold) - target_own)
               END,
               free - keeps, loose, room, max_per_run,
               max_per_day - (
                   SELECT coalesce(sum(coalesce(t.moved, t.units)), 0) FROM transfers_transfer t
                    WHERE t.rule_id = known.rule_id AND t.pool_id = known.pool_id
                      AND greatest(t.requested_at, t.ended_at) > %(now)s - interval '24 hours'
                      AND (t.status IN ('REQUESTED', 'APPROVED', 'EXECUTED')
                           OR t.status = 'TRIAL' AND known.is_trial))
           )::bigint AS units
      FROM known
     WHERE low < source_below - extra AND high >= least(100, target_at_least + extra)
)
SELECT DISTINCT ON (pool_id, is_trial)
       rule_id, version, is_trial, source_id, target_id, units, low, high, below, at_least, unreported
  FROM sized
 WHERE units >= 1
 ORDER BY pool_id, is_trial, rule_event NULLS LAST, rule_id,
          high DESC, low, free DESC, source_id, target_id
