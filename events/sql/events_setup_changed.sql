-- A row of an event's set-up has changed: so has the event. For tables with a column event_id.
CREATE OR REPLACE FUNCTION events_setup_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id = coalesce(NEW.event_id, OLD.event_id);
    RETURN NULL;
END $$;
