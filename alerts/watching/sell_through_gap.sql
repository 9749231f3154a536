-- The channel of each pool that has sold the largest share of its own allocation, and the one with the
-- smallest; drawn units left out, as Stock.sell_through.
WITH side AS MATERIALIZED (
    SELECT event_id, pool_id, channel_id, quantity - drawn AS own,
           least(sold, held + sold - drawn) AS sold,
           100.0 * least(sold, held + sold - drawn) / (quantity - drawn) AS share
      FROM allocations_stock
     WHERE event_id = ANY (%(events)s) AND kind = 'CHANNEL' AND quantity > drawn
), pool AS (
    SELECT DISTINCT ON (high.pool_id)
           high.event_id, high.pool_id, high.share AS high, low.share AS low,
           high.channel_id AS high_channel, low.channel_id AS low_channel,
           high.sold AS high_sold, high.own AS high_own, low.sold AS low_sold, low.own AS low_own
      FROM (SELECT DISTINCT ON (pool_id) * FROM side ORDER BY pool_id, share DESC, own DESC, channel_id) high
      JOIN (SELECT DISTINCT ON (pool_id) * FROM side ORDER BY pool_id, share, own DESC, channel_id) low
        ON low.pool_id = high.pool_id AND low.channel_id <> high.channel_id
)
SELECT r.rule_id, format('pool:%%s', p.pool_id) AS subject, r.venue_id, r.event_id, p.pool_id,
       NULL::bigint AS item_id, NULL::bigint AS channel_id, p.high::float8 AS seen,
       r.threshold::float8, p.high >= r.threshold AND p.low <= r.other_threshold AS holds,
       p.high < r.threshold - r.hysteresis OR p.low > r.other_threshold + r.hysteresis AS has_ended,
       jsonb_build_object(
           'other_threshold', r.other_threshold,
           'high', jsonb_build_object('channel', high.name, 'share', round(p.high, 2),
                                      'sold', p.high_sold, 'own', p.high_own),
           'low', jsonb_build_object('channel', low.name, 'share', round(p.low, 2),
                                     'sold', p.low_sold, 'own', p.low_own)) AS details
  FROM alerts_rules_for(%(events)s, 'SELL_THROUGH_GAP') r
  JOIN pool p ON p.event_id = r.event_id AND (r.pool_id IS NULL OR r.pool_id = p.pool_id)
             AND (r.channel_id IS NULL OR r.channel_id IN (p.high_channel, p.low_channel))
  JOIN allocations_saleschannel high ON high.id = p.high_channel
  JOIN allocations_saleschannel low ON low.id = p.low_channel
