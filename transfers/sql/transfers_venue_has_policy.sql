-- Whether a new venue has its policy when its transaction ends: without one nothing would say which transfers need an approval.
CREATE OR REPLACE FUNCTION transfers_venue_has_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM events_venue WHERE id = NEW.id)
       AND NOT EXISTS (SELECT FROM transfers_transferpolicy WHERE venue_id = NEW.id) THEN
        RAISE EXCEPTION 'Venue % begins without a transfer policy.', NEW.name
            USING ERRCODE = 'check_violation', CONSTRAINT = 'venue_begins_with_a_policy';
    END IF;
    RETURN NULL;
END $$;
