-- A conflict is never dropped, and what was decided of it is never decided again.
CREATE OR REPLACE FUNCTION offline_conflict_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM allocations_saleschannel c JOIN events_venue v ON v.id = c.venue_id
                                     WHERE c.id = OLD.channel_id AND v.is_rehearsal) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Conflict % stays: no report is ever dropped.', OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_stays';
    END IF;
    IF OLD.status = 'RESOLVED' THEN
        RAISE EXCEPTION 'Conflict % was resolved before.', OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'conflict_resolved_once';
    END IF;
    RETURN NEW;
END $$;
