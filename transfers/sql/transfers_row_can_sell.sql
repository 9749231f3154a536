-- Whether what a stock row gets can be sold, now or later: open stock by whoever draws on it.
CREATE OR REPLACE FUNCTION transfers_row_can_sell(of_stock bigint, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT s.channel_id IS NULL
           OR NOT EXISTS (SELECT FROM allocations_stop t
                           WHERE t.kind = 'EVENT' AND t.target_id = s.event_id AND t.reason <> '')
              AND transfers_can_sell(s.pool_id, s.channel_id, at)
      FROM allocations_stock s
     WHERE s.id = of_stock
$$;
