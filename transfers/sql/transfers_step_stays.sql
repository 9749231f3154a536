-- The steps of a transfer are never changed and never deleted.
CREATE OR REPLACE FUNCTION transfers_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The steps of a transfer are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transferstep_append_only';
END $$;
