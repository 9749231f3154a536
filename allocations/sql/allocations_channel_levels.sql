-- What each channel can give of a pool at a moment, in units: "own", free of its own row, and "drawable", what it may draw
-- then from open stock, as its window and its ceiling say; "draws_on": that open row, while the window is open. The twin for one
-- sale: row_room() in allocations/sellable.py; allocations_post() decides by the same. tests/sales/test_one_truth.py.
CREATE OR REPLACE FUNCTION allocations_channel_levels(events bigint[], at timestamptz)
RETURNS TABLE (stock_id bigint, event_id bigint, pool_id bigint, channel_id bigint, version bigint, quantity integer,
               own bigint, drawable bigint, draws_on bigint)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.event_id, s.pool_id, s.channel_id, s.version, s.quantity,
           (s.quantity - s.held - s.sold)::bigint,
           CASE WHEN o.id IS NULL THEN 0 ELSE greatest(least(o.quantity, s.ceiling - s.quantity), 0) END::bigint,
           o.id
      FROM allocations_stock s
      LEFT JOIN allocations_stock o ON o.id = s.draws_on_id
            AND coalesce(s.draws_from, at) <= at AND coalesce(s.draws_until, 'infinity') > at
     WHERE s.event_id = ANY (events) AND s.kind = 'CHANNEL'
$$;
