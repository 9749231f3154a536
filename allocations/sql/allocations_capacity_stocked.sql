-- Σ quantity of a pool's CHANNEL and OPEN rows = its capacity, when that has changed: at commit, since the ledger's
-- entry follows the capacity. From the side of stock: allocations_stock_conserved().
CREATE OR REPLACE FUNCTION allocations_capacity_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stocked bigint;
    wanted bigint;
BEGIN
    SELECT capacity INTO wanted FROM events_pool WHERE id = NEW.id;
    SELECT coalesce(sum(quantity), 0) INTO stocked FROM allocations_stock WHERE pool_id = NEW.id;
    IF wanted IS NOT NULL AND stocked <> wanted THEN
        RAISE EXCEPTION 'Pool % has a capacity of % but % units of stock.', NEW.id, wanted, stocked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_sums_to_capacity';
    END IF;
    RETURN NULL;
END $$;
