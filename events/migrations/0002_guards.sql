-- config_version: raised by every change of an event's set-up, whoever makes it and however.
-- A sale decided on an older set-up is told so by the ledger and tries again.

-- A number that is never given twice, not even after a rollback: who has read a change that was
-- then undone must not take the next change for it. An event begins with version 1.
CREATE SEQUENCE events_config_version START WITH 2;

CREATE FUNCTION events_touch_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Never taken from the writer: a form holds the version it was opened with.
    NEW.config_version := nextval('events_config_version');
    RETURN NEW;
END $$;

CREATE TRIGGER events_event_touch_config BEFORE UPDATE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_touch_config();

-- For tables with a column event_id.
CREATE FUNCTION events_setup_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id = coalesce(NEW.event_id, OLD.event_id);
    RETURN NULL;
END $$;

CREATE FUNCTION events_setup_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A % cannot be moved to another %.', TG_ARGV[0], TG_ARGV[1]
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER events_pool_config AFTER INSERT OR UPDATE OR DELETE ON events_pool
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();
CREATE TRIGGER events_item_config AFTER INSERT OR UPDATE OR DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();
CREATE TRIGGER events_pool_stays BEFORE UPDATE OF event_id ON events_pool
    FOR EACH ROW WHEN (NEW.event_id <> OLD.event_id) EXECUTE FUNCTION events_setup_moved('pool', 'event');
CREATE TRIGGER events_item_stays BEFORE UPDATE OF event_id ON events_item
    FOR EACH ROW WHEN (NEW.event_id <> OLD.event_id) EXECUTE FUNCTION events_setup_moved('item', 'event');

-- A component joins an item and a pool of one event, and stays with its item.
CREATE TRIGGER events_component_stays BEFORE UPDATE OF item_id ON events_component
    FOR EACH ROW WHEN (NEW.item_id <> OLD.item_id)
    EXECUTE FUNCTION events_setup_moved('component', 'item');

CREATE FUNCTION events_component_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER events_component_config AFTER INSERT OR UPDATE OR DELETE ON events_component
    FOR EACH ROW EXECUTE FUNCTION events_component_changed();
