-- Channels that have something of a pool of some events to sell, now or later; what is stopped is not. The events' own stops aside.
CREATE OR REPLACE FUNCTION transfers_sellers(events bigint[], at timestamptz)
RETURNS TABLE (pool_id bigint, channel_id bigint) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT c.pool_id, w.channel_id
      FROM allocations_listing_windows(events) w
      JOIN events_component c ON c.item_id = w.item_id
     WHERE w.closes_at > greatest(w.opens_at, at) AND w.stopped_by <@ ARRAY['EVENT']::varchar[]
$$;
