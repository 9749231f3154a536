-- A venue's time zone and currency are part of the set-up of its events, and its name of what is told about
-- them: a change of the venue is one of theirs.
CREATE OR REPLACE FUNCTION events_venue_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT id FROM events_event WHERE venue_id = NEW.id
                   ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;
