-- modified_at moves together with config_version: both are the database's word.

CREATE OR REPLACE FUNCTION events_touch_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Never taken from the writer: a form holds the version it was opened with.
    NEW.config_version := nextval('events_config_version');
    NEW.modified_at := clock_timestamp();
    RETURN NEW;
END $$;

-- A venue's time zone and currency are part of the set-up of its events, the names of venue and
-- series of what is told about them.
CREATE FUNCTION events_venue_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT id FROM events_event WHERE venue_id = NEW.id
                   ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;

CREATE TRIGGER events_venue_config AFTER UPDATE ON events_venue
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION events_venue_config();

CREATE FUNCTION events_series_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT id FROM events_event WHERE series_id = NEW.id
                   ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;

CREATE TRIGGER events_series_config AFTER UPDATE ON events_series
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION events_series_config();
