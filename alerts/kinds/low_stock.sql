-- What is left of channels, pools and items, against the rules of each.
WITH rule AS MATERIALIZED (
    SELECT * FROM alerts_rules_for(%(events)s, 'LOW_STOCK')
), channel_level AS (
    SELECT 'CHANNEL' AS per, event_id, pool_id, channel_id, NULL::bigint AS item_id,
           free AS left_units, all_of_it
      FROM alerts_channel_levels(%(events)s, %(now)s)
     WHERE 'CHANNEL' IN (SELECT per FROM rule)
), pool_level AS MATERIALIZED (
    SELECT 'POOL' AS per, event_id, pool_id, NULL::bigint AS channel_id, NULL::bigint AS item_id,
           sum(quantity - held - sold) AS left_units, sum(quantity) AS all_of_it
      FROM allocations_stock
     WHERE event_id = ANY (%(events)s) AND kind IN ('CHANNEL', 'OPEN')
       AND (SELECT true FROM rule WHERE per IN ('POOL', 'ITEM') LIMIT 1)
     GROUP BY event_id, pool_id
), item_level AS (
    SELECT 'ITEM' AS per, i.event_id, NULL::bigint AS pool_id, NULL::bigint AS channel_id, i.id AS item_id,
           least(min(p.left_units / c.units), min(s.quantity - s.held - s.sold)) AS left_units,
           least(min(p.all_of_it / c.units), min(s.quantity)) AS all_of_it
      FROM events_item i
      JOIN events_component c ON c.item_id = i.id
      JOIN pool_level p ON p.pool_id = c.pool_id
      LEFT JOIN allocations_stock s ON s.item_id = i.id
     WHERE 'ITEM' IN (SELECT per FROM rule)
       AND EXISTS (SELECT FROM allocations_listing o WHERE o.item_id = i.id AND o.is_on)
     GROUP BY i.event_id, i.id
), measured AS (
    SELECT r.rule_id, r.event_id, r.venue_id, l.pool_id, l.channel_id, l.item_id, r.threshold,
           r.hysteresis, r.unit, r.per, floor(l.left_units)::bigint AS left_units,
           floor(l.all_of_it)::bigint AS all_of_it,
           CASE r.unit WHEN 'UNITS' THEN floor(l.left_units)
                       ELSE 100.0 * floor(l.left_units) / floor(l.all_of_it) END AS seen
      FROM rule r
      JOIN (SELECT * FROM channel_level UNION ALL SELECT * FROM pool_level
             UNION ALL SELECT * FROM item_level) l
        ON l.event_id = r.event_id AND l.per = r.per
       AND (r.pool_id IS NULL OR r.pool_id = l.pool_id
            OR l.item_id IN (SELECT c.item_id FROM events_component c WHERE c.pool_id = r.pool_id))
       AND (r.channel_id IS NULL OR r.channel_id = l.channel_id)
     WHERE l.all_of_it >= 1
)
SELECT rule_id,
       CASE per WHEN 'CHANNEL' THEN format('pool:%%s channel:%%s', pool_id, channel_id)
                WHEN 'POOL' THEN format('pool:%%s', pool_id)
                ELSE format('item:%%s', item_id) END AS subject,
       venue_id, event_id, pool_id, item_id, channel_id, seen::float8, threshold::float8,
       seen < threshold AS holds,
       seen >= CASE unit WHEN 'UNITS' THEN threshold + hysteresis
                         ELSE least(threshold + hysteresis, 100) END AS has_ended,
       jsonb_build_object('per', per, 'unit', unit, 'left', left_units, 'all', all_of_it) AS details
  FROM measured
