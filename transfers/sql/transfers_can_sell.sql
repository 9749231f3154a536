-- Whether a channel has something of a pool to sell, now or later; what is stopped is not. The event's own stop aside.
CREATE OR REPLACE FUNCTION transfers_can_sell(of_pool bigint, of_channel bigint, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM allocations_listing_windows(ARRAY(SELECT event_id FROM events_pool WHERE id = of_pool)) w
          JOIN events_component c ON c.item_id = w.item_id AND c.pool_id = of_pool
         WHERE w.channel_id = of_channel AND w.closes_at > greatest(w.opens_at, at)
           AND w.stopped_by <@ ARRAY['EVENT']::varchar[])
$$;
