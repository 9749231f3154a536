-- A guest stays on the list of one hold, for the items of one of its lines. Who was given something stays on it.
CREATE OR REPLACE FUNCTION sales_guest_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.handed_out > 0 THEN
            RAISE EXCEPTION 'Guest % was given tickets, and stays on the list.', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_stays';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.block_id <> (SELECT block_id FROM sales_blockline WHERE id = NEW.line_id)
       OR TG_OP = 'UPDATE' AND (NEW.block_id, NEW.line_id) IS DISTINCT FROM (OLD.block_id, OLD.line_id) THEN
        RAISE EXCEPTION 'A guest stays on the list of one hold, with one of its lines.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_keeps_its_hold';
    END IF;
    RETURN NEW;
END $$;
