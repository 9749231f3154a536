INSERT INTO events_commit (kind, target_id, at) SELECT 'EVENT', id, modified_at FROM events_event;

CREATE CONSTRAINT TRIGGER events_event_commit AFTER INSERT OR UPDATE ON events_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('EVENT');
