-- A sign-off of the workflow is never changed and never deleted.
CREATE OR REPLACE FUNCTION transfers_sign_off_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-off is never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'workflowsignoff_append_only';
END $$;
