-- The name of a series is part of what is told about its events: a change of the series is one of theirs.
CREATE OR REPLACE FUNCTION events_series_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT id FROM events_event WHERE series_id = NEW.id
                   ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;
