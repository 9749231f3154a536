-- Whether a new venue has rules and teams when its transaction ends: without them nobody would be told of anything.
CREATE OR REPLACE FUNCTION alerts_venue_is_watched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM events_venue WHERE id = NEW.id)
       AND NOT (EXISTS (SELECT FROM alerts_alertrule WHERE venue_id = NEW.id)
                AND EXISTS (SELECT FROM alerts_alertteam WHERE venue_id = NEW.id)) THEN
        RAISE EXCEPTION 'Venue % begins without alert rules and teams.', NEW.name
            USING ERRCODE = 'check_violation', CONSTRAINT = 'venue_begins_with_alert_rules';
    END IF;
    RETURN NULL;
END $$;
