-- Σ quantity of a pool's CHANNEL and OPEN rows = its capacity. Checked once a statement over the
-- rows it touched: a sale leaves every sum as it was and costs one small aggregate; only where a
-- sum has moved is the whole pool added up.
CREATE OR REPLACE FUNCTION allocations_stock_conserved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT p.id, p.capacity, s.total INTO bad
      FROM (SELECT n.pool_id
              FROM new_rows n JOIN old_rows o ON o.id = n.id
             WHERE n.pool_id IS NOT NULL
             GROUP BY n.pool_id HAVING sum(n.quantity - o.quantity) <> 0) moved
      JOIN events_pool p ON p.id = moved.pool_id
      CROSS JOIN LATERAL (SELECT sum(quantity) AS total FROM allocations_stock
                           WHERE pool_id = p.id) s
     WHERE s.total <> p.capacity
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Pool % has a capacity of % but % units of stock.',
            bad.id, bad.capacity, bad.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_sums_to_capacity';
    END IF;
    RETURN NULL;
END $$;
