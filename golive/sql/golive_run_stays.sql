-- What a run has found stays as it was written, and so does its signature.
CREATE OR REPLACE FUNCTION golive_run_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signature text[] := ARRAY['signed_by_id', 'signed_at', 'note'];
BEGIN
    IF OLD.signed_at IS NOT NULL OR OLD.state IN ('DONE', 'CANCELLED', 'FAILED') AND to_jsonb(NEW) - signature <> to_jsonb(OLD) - signature THEN
        RAISE EXCEPTION 'Run % of a checklist stays as it was written.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'checklist_run_stays';
    END IF;
    RETURN NEW;
END $$;
