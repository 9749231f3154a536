-- The steps of an alert are never changed; an endpoint that is deleted leaves them.
CREATE OR REPLACE FUNCTION alerts_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'endpoint_id' <> to_jsonb(OLD) - 'endpoint_id' THEN
        RAISE EXCEPTION 'The steps of an alert are never changed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertstep_never_changed';
    END IF;
    RETURN NEW;
END $$;
