-- A component joins an item and a pool of one event; its change is a change of that event.
CREATE OR REPLACE FUNCTION events_component_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item_event bigint;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        SELECT event_id INTO item_event FROM events_item WHERE id = NEW.item_id;
        IF item_event <> (SELECT event_id FROM events_pool WHERE id = NEW.pool_id) THEN
            RAISE EXCEPTION 'The pool of a component belongs to another event than its item.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'component_within_event';
        END IF;
    END IF;
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT event_id FROM events_item
                   WHERE id = coalesce(NEW.item_id, OLD.item_id));
    RETURN NULL;
END $$;
