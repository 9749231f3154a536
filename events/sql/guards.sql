-- What must always be true of events and their set-up (docs/domain.md), and config_version: raised by every change of an
-- event's set-up, whoever makes it and however. A sale decided on an older set-up is told so by the ledger and tries again.

-- A number that is never given twice, not even after a rollback: who has read a change that was then undone must not
-- take the next change for it. An event begins with version 1.
CREATE SEQUENCE IF NOT EXISTS events_config_version START WITH 2;

CREATE OR REPLACE TRIGGER events_event_touch_config BEFORE UPDATE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_touch_config();

CREATE OR REPLACE TRIGGER events_pool_config AFTER INSERT OR UPDATE OR DELETE ON events_pool
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();
CREATE OR REPLACE TRIGGER events_item_config AFTER INSERT OR UPDATE OR DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();
CREATE OR REPLACE TRIGGER events_pool_stays BEFORE UPDATE OF event_id ON events_pool
    FOR EACH ROW WHEN (NEW.event_id <> OLD.event_id) EXECUTE FUNCTION events_setup_moved('pool', 'event');
CREATE OR REPLACE TRIGGER events_item_stays BEFORE UPDATE OF event_id ON events_item
    FOR EACH ROW WHEN (NEW.event_id <> OLD.event_id) EXECUTE FUNCTION events_setup_moved('item', 'event');

CREATE OR REPLACE TRIGGER events_component_stays BEFORE UPDATE OF item_id ON events_component
    FOR EACH ROW WHEN (NEW.item_id <> OLD.item_id)
    EXECUTE FUNCTION events_setup_moved('component', 'item');

CREATE OR REPLACE TRIGGER events_component_config AFTER INSERT OR UPDATE OR DELETE ON events_component
    FOR EACH ROW EXECUTE FUNCTION events_component_changed();

CREATE OR REPLACE TRIGGER events_venue_config AFTER UPDATE ON events_venue
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION events_venue_config();

CREATE OR REPLACE TRIGGER events_series_config AFTER UPDATE ON events_series
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION events_series_config();

-- An event's set-up, stock and sales belong to its venue, and so does what is told of its series.
CREATE OR REPLACE TRIGGER event_keeps_its_venue BEFORE UPDATE OF venue_id ON events_event
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id) EXECUTE FUNCTION events_setup_moved('event', 'venue');
CREATE OR REPLACE TRIGGER series_keeps_its_venue BEFORE UPDATE OF venue_id ON events_series
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id) EXECUTE FUNCTION events_setup_moved('series', 'venue');

DROP TRIGGER IF EXISTS events_event_commit ON events_event;
CREATE CONSTRAINT TRIGGER events_event_commit AFTER INSERT OR UPDATE ON events_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('EVENT');
