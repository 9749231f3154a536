-- How much of its own allocation each channel has sold, drawn units left out: units and percent. Without channels that have
-- none. The twin for one row: Stock.sell_through; tests/sales/test_one_truth.py holds that both say the same.
CREATE OR REPLACE FUNCTION allocations_sell_through(events bigint[])
RETURNS TABLE (stock_id bigint, event_id bigint, pool_id bigint, channel_id bigint, own integer, own_sold integer,
               percent numeric)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.event_id, s.pool_id, s.channel_id, s.quantity - s.drawn,
           least(s.sold, s.held + s.sold - s.drawn),
           100.0 * least(s.sold, s.held + s.sold - s.drawn) / (s.quantity - s.drawn)
      FROM allocations_stock s
     WHERE s.event_id = ANY (events) AND s.kind = 'CHANNEL' AND s.quantity > s.drawn
$$;
