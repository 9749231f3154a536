-- Where the venue wants it so, no event is put on sale before it is ready, by whatever door.
CREATE OR REPLACE FUNCTION golive_event_is_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM events_venue WHERE id = NEW.venue_id AND requires_checklist)
       AND NOT golive_is_ready(NEW.id) THEN
        RAISE EXCEPTION 'Event % is not ready: its go-live checklist has to be run and signed, and nothing changed since.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'event_on_sale_when_ready';
    END IF;
    RETURN NULL;
END $$;
