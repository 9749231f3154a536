-- What each channel can still sell of a pool, in units: its own free ones, and what it may draw at that moment; "all_of_it" with
-- what is held and sold. "sells": at that moment it could sell some item that takes from the pool, with all that the
-- rules of a sale ask (allocations_sellable_listings).
CREATE OR REPLACE FUNCTION alerts_channel_levels(events bigint[], at timestamptz)
RETURNS TABLE (stock_id bigint, event_id bigint, pool_id bigint, channel_id bigint, version bigint,
               free bigint, all_of_it bigint, sells boolean)
LANGUAGE sql STABLE AS $$
    WITH selling AS MATERIALIZED (
        SELECT DISTINCT c.pool_id, f.channel_id
          FROM allocations_sellable_listings(events, at) f
          JOIN events_component c ON c.item_id = f.item_id
         WHERE f.is_on_sale AND f.stopped_by = '{}'
    )
    SELECT l.stock_id, l.event_id, l.pool_id, l.channel_id, l.version, l.own + l.drawable,
           l.quantity + l.drawable, g.pool_id IS NOT NULL
      FROM allocations_channel_levels(events, at) l
      LEFT JOIN selling g ON g.pool_id = l.pool_id AND g.channel_id = l.channel_id
$$;
