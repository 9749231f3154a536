-- Who did what to a named hold, when and why, is never rewritten.
CREATE OR REPLACE FUNCTION sales_hold_change_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The history of a named hold stays as it was written.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_change_append_only';
END $$;
