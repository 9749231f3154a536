-- Whether a channel has something of a pool to sell, now or later; what is stopped is not. The event's own stop aside.
CREATE OR REPLACE FUNCTION transfers_can_sell(of_pool bigint, of_channel bigint, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM events_component c
          JOIN events_item i ON i.id = c.item_id
          JOIN allocations_listing o ON o.item_id = i.id AND o.channel_id = of_channel
         WHERE c.pool_id = of_pool AND o.is_on
           AND coalesce(o.sales_until, at) >= at AND coalesce(i.sales_until, at) >= at
           AND NOT EXISTS (SELECT FROM allocations_stop s
                            WHERE s.reason <> ''
                              AND (s.kind, s.target_id) IN (('ITEM', i.id), ('CHANNEL', of_channel),
                                                            ('LISTING', o.id))))
$$;
