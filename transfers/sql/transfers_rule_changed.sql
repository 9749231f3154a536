-- A rule's event is one of its venue; each change makes the next version.
CREATE OR REPLACE FUNCTION transfers_rule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM events_event WHERE id = NEW.event_id AND venue_id = NEW.venue_id
    ) THEN
        RAISE EXCEPTION 'The event of a rule belongs to its venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transferrule_within_venue';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
