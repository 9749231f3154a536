-- A block stays, with its owner and its kind; once it has ended it never begins again.
CREATE OR REPLACE FUNCTION sales_block_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text := CASE OLD.kind WHEN 'LEASE' THEN 'Lease' ELSE 'Named hold' END;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% % stays: what was set aside is never deleted.', what, OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'block_stays';
    END IF;
    IF (NEW.event_id, NEW.channel_id, NEW.uuid, NEW.kind) IS DISTINCT FROM
       (OLD.event_id, OLD.channel_id, OLD.uuid, OLD.kind) THEN
        RAISE EXCEPTION '% % cannot change its event, channel, kind or number.', what, OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'block_keeps_its_owner';
    END IF;
    IF NEW.status <> OLD.status AND OLD.status <> 'ACTIVE' THEN
        RAISE EXCEPTION '% % cannot go from % to %.', what, OLD.uuid, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'block_status_moves';
    END IF;
    RETURN NEW;
END $$;
