-- A movement is never changed and never deleted, but with its rehearsal.
CREATE OR REPLACE FUNCTION allocations_movement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND events_is_rehearsal((SELECT event_id FROM allocations_stock WHERE id = OLD.stock_id)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Movements are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_append_only';
END $$;
