-- A line of a block keeps what was set aside; what was sold of it is never fewer, and nothing is once it has ended.
CREATE OR REPLACE FUNCTION sales_block_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.block_id, NEW.number, NEW.item_id, NEW.listing_id, NEW.quantity, NEW.unit_price) IS DISTINCT FROM
       (OLD.block_id, OLD.number, OLD.item_id, OLD.listing_id, OLD.quantity, OLD.unit_price)
       OR NEW.sold < OLD.sold OR NEW.handed_back < OLD.handed_back THEN
        RAISE EXCEPTION 'Line % of a lease keeps its item, quantity and price, and what was sold of it.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'block_line_stays';
    END IF;
    RETURN NEW;
END $$;
