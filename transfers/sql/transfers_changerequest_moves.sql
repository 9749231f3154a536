-- What may become of a change that waits for an approval: it is a record, as a transfer is.
CREATE OR REPLACE FUNCTION transfers_changerequest_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['status', 'decided_at', 'decided_by_id', 'note', 'ended_at', 'failure'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'REQUESTED' THEN
            RAISE EXCEPTION 'A change begins as a request, not as %.', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_begins_as_a_request';
        END IF;
        NEW.four_eyes := (transfers_policy_of(NEW.event_id)).four_eyes;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR to_jsonb(NEW) - decided <> to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'Request % for a change stays what was asked for.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_stays';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'REQUESTED' AND NEW.status IN ('APPROVED', 'REJECTED', 'CANCELLED', 'LAPSED')
        OR OLD.status = 'APPROVED' AND NEW.status IN ('EXECUTED', 'FAILED')
    ) THEN
        RAISE EXCEPTION 'Request % for a change cannot go from % to %.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_status_moves';
    END IF;
    RETURN NEW;
END $$;
