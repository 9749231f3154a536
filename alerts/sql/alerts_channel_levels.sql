-- What each channel can still sell of a pool, in units: its own free ones, and what it may draw at
-- that moment; "all_of_it" with what is held and sold. "sells": at that moment it could sell some item that takes from
-- the pool, with all that the rules of a sale ask.
CREATE OR REPLACE FUNCTION alerts_channel_levels(events bigint[], at timestamptz)
RETURNS TABLE (stock_id bigint, event_id bigint, pool_id bigint, channel_id bigint, version bigint,
               free bigint, all_of_it bigint, sells boolean)
LANGUAGE sql STABLE AS $$
    WITH selling AS MATERIALIZED (
        SELECT DISTINCT c.pool_id, f.channel_id
          FROM allocations_sellable_listings(events, at) f
          JOIN events_event e ON e.id = f.event_id AND e.status = 'ON_SALE'
          JOIN events_component c ON c.item_id = f.item_id
         WHERE NOT EXISTS (SELECT FROM allocations_stop s
                            WHERE s.reason <> ''
                              AND (s.kind, s.target_id) IN (('EVENT', f.event_id), ('ITEM', f.item_id),
                                                            ('CHANNEL', f.channel_id), ('LISTING', f.listing_id)))
    )
    SELECT s.id, s.event_id, s.pool_id, s.channel_id, s.version,
           s.quantity - s.held - s.sold + d.more, s.quantity + d.more, g.pool_id IS NOT NULL
      FROM allocations_stock s
      LEFT JOIN allocations_stock o ON o.id = s.draws_on_id
            AND coalesce(s.draws_from, at) <= at AND coalesce(s.draws_until, 'infinity') > at
      LEFT JOIN selling g ON g.pool_id = s.pool_id AND g.channel_id = s.channel_id
     CROSS JOIN LATERAL (
         SELECT greatest(least(coalesce(o.quantity, 0), coalesce(s.ceiling - s.quantity, o.quantity)),
                         0)::bigint AS more) d
     WHERE s.event_id = ANY (events) AND s.kind = 'CHANNEL'
$$;
