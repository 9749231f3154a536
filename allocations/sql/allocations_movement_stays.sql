-- A movement is never changed and never deleted.
CREATE OR REPLACE FUNCTION allocations_movement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Movements are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_append_only';
END $$;
