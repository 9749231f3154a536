-- A limit and the counter that enforces it say the same number at commit; no limit, an empty row.
CREATE OR REPLACE FUNCTION allocations_limit_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted integer;
    counted integer;
BEGIN
    IF TG_TABLE_NAME = 'events_item' THEN
        SELECT "limit" INTO wanted FROM events_item WHERE id = NEW.id;
        SELECT quantity INTO counted FROM allocations_stock WHERE item_id = NEW.id;
    ELSE
        SELECT "limit" INTO wanted FROM allocations_listing WHERE id = NEW.id;
        SELECT quantity INTO counted FROM allocations_stock WHERE listing_id = NEW.id;
    END IF;
    IF coalesce(wanted, 0) <> coalesce(counted, 0) THEN
        RAISE EXCEPTION 'The limit of % % is % but its counter allows %.',
            TG_TABLE_NAME, NEW.id, wanted, counted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'limit_has_its_counter';
    END IF;
    RETURN NULL;
END $$;
