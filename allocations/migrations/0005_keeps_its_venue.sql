-- What a channel holds and has sold belongs to its venue.
CREATE TRIGGER channel_keeps_its_venue BEFORE UPDATE OF venue_id ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id)
    EXECUTE FUNCTION events_setup_moved('channel', 'venue');
