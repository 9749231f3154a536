-- The channel of each pool that has sold the largest share of its own allocation, and the one with the
-- smallest. A rule of one channel holds that one against the other of them.
WITH side AS MATERIALIZED (
    SELECT own.*, k.name,
           row_number() OVER (PARTITION BY pool_id ORDER BY share DESC, own DESC, channel_id) = 1 AS is_first,
           row_number() OVER (PARTITION BY pool_id ORDER BY share, own DESC, channel_id) = 1 AS is_last
      FROM (SELECT event_id, pool_id, channel_id, own, own_sold AS sold, percent AS share
              FROM allocations_sell_through(%(events)s)) own
      JOIN allocations_saleschannel k ON k.id = own.channel_id
), pair AS (
    SELECT DISTINCT ON (r.rule_id, high.pool_id)
           r.rule_id, r.event_id, r.venue_id, r.threshold, r.other_threshold, r.hysteresis, high.pool_id,
           high.share AS high, high.name AS high_name, high.sold AS high_sold, high.own AS high_own,
           low.share AS low, low.name AS low_name, low.sold AS low_sold, low.own AS low_own,
           high.share >= r.threshold AND low.share <= r.other_threshold AS holds
      FROM alerts_rules_for(%(events)s, 'SELL_THROUGH_GAP') r
      JOIN side high ON high.event_id = r.event_id AND (r.pool_id IS NULL OR r.pool_id = high.pool_id)
                    AND (high.is_first OR high.channel_id = r.channel_id)
      JOIN side low ON low.pool_id = high.pool_id AND low.channel_id <> high.channel_id
                   AND (low.is_last OR low.channel_id = r.channel_id)
     WHERE r.channel_id IS NULL OR r.channel_id IN (high.channel_id, low.channel_id)
     ORDER BY r.rule_id, high.pool_id, holds DESC, high.share - low.share DESC
)
SELECT rule_id, format('pool:%%s', pool_id) AS subject, venue_id, event_id, pool_id,
       NULL::bigint AS item_id, NULL::bigint AS channel_id, high::float8 AS seen, threshold::float8, holds,
       high < threshold - hysteresis OR low > other_threshold + hysteresis AS has_ended,
       jsonb_build_object(
           'other_threshold', other_threshold,
           'high', jsonb_build_object('channel', high_name, 'share', round(high, 2),
                                      'sold', high_sold, 'own', high_own),
           'low', jsonb_build_object('channel', low_name, 'share', round(low, 2),
                                     'sold', low_sold, 'own', low_own)) AS details
  FROM pair
