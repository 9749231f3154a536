-- A channel's traits are part of the set-up of every event that it lists.
CREATE OR REPLACE FUNCTION allocations_channel_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT e.id FROM events_event e
                   WHERE e.id IN (SELECT l.event_id FROM allocations_listing l
                                   WHERE l.channel_id = NEW.id)
                   ORDER BY e.id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;
