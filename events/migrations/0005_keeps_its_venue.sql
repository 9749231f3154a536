-- An event's set-up, stock and sales belong to its venue, and so does what is told of its series.
CREATE TRIGGER event_keeps_its_venue BEFORE UPDATE OF venue_id ON events_event
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id) EXECUTE FUNCTION events_setup_moved('event', 'venue');
CREATE TRIGGER series_keeps_its_venue BEFORE UPDATE OF venue_id ON events_series
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id) EXECUTE FUNCTION events_setup_moved('series', 'venue');
