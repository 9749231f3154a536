-- The next config_version of an event, and when it was modified: both are the database's word.
CREATE OR REPLACE FUNCTION events_touch_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Never taken from the writer: a form holds the version it was opened with.
    NEW.config_version := nextval('events_config_version');
    NEW.modified_at := clock_timestamp();
    RETURN NEW;
END $$;
