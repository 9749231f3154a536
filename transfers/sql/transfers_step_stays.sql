-- The steps of a transfer are never changed and never deleted.
CREATE OR REPLACE FUNCTION transfers_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       AND events_is_rehearsal((SELECT event_id FROM transfers_transfer WHERE id = OLD.transfer_id)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The steps of a transfer are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transferstep_append_only';
END $$;
