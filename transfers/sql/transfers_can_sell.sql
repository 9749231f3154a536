-- Whether a channel is one of a pool's transfers_sellers(). Of many rows at once, ask that function once.
CREATE OR REPLACE FUNCTION transfers_can_sell(of_pool bigint, of_channel bigint, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM transfers_sellers(ARRAY(SELECT event_id FROM events_pool WHERE id = of_pool), at) s
         WHERE s.pool_id = of_pool AND s.channel_id = of_channel)
$$;
