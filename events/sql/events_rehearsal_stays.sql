-- A venue is one of a rehearsal from its beginning to its end, or never: what is sold there may be deleted, and nobody
-- works there.
CREATE OR REPLACE FUNCTION events_rehearsal_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'events_venue' THEN
        RAISE EXCEPTION 'A venue becomes no rehearsal, and a rehearsal no venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'venue_stays_a_rehearsal';
    END IF;
    IF EXISTS (SELECT FROM events_venue WHERE id = NEW.venue_id AND is_rehearsal) THEN
        RAISE EXCEPTION 'Nobody works for a rehearsal.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rehearsal_has_no_people';
    END IF;
    RETURN NEW;
END $$;
