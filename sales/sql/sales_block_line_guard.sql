-- A line of a block keeps what was set aside; what was sold of it is never fewer. Of a named hold more may be set aside
-- later, and what was handed out may come back to it.
CREATE OR REPLACE FUNCTION sales_block_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_lease boolean := EXISTS (SELECT FROM sales_block WHERE id = OLD.block_id AND kind = 'LEASE');
BEGIN
    IF (NEW.block_id, NEW.number, NEW.item_id, NEW.listing_id, NEW.unit_price) IS DISTINCT FROM
       (OLD.block_id, OLD.number, OLD.item_id, OLD.listing_id, OLD.unit_price)
       OR NEW.handed_back < OLD.handed_back OR NEW.quantity < OLD.quantity
       OR is_lease AND (NEW.quantity <> OLD.quantity OR NEW.sold < OLD.sold) THEN
        RAISE EXCEPTION 'Line % of a block keeps its item, quantity and price, and what was sold of it.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'block_line_stays';
    END IF;
    RETURN NEW;
END $$;
