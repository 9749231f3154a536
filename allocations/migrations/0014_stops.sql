-- A number that is never given twice: a stop that was lifted and set again is another one.
CREATE SEQUENCE allocations_stop_number;

INSERT INTO allocations_stop
       (kind, target_id, event_id, venue_id, reason, note, number, is_recorded)
SELECT kind, id, event_id, venue_id, stop_reason, '', nextval('allocations_stop_number'), true
  FROM (SELECT 'EVENT' AS kind, id, id AS event_id, NULL::bigint AS venue_id, stop_reason
          FROM events_event
        UNION ALL SELECT 'ITEM', id, event_id, NULL, stop_reason FROM events_item
        UNION ALL SELECT 'LISTING', id, event_id, NULL, stop_reason FROM allocations_listing
        UNION ALL SELECT 'CHANNEL', id, NULL, venue_id, stop_reason FROM allocations_saleschannel
       ) stoppable
 WHERE stop_reason <> '';

CREATE TRIGGER events_event_stop_begins AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('EVENT');
CREATE TRIGGER events_event_stop_changes AFTER UPDATE OF stop_reason ON events_event
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('EVENT');
CREATE TRIGGER events_event_stop_goes AFTER DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('EVENT');

CREATE TRIGGER events_item_stop_begins AFTER INSERT ON events_item
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('ITEM');
CREATE TRIGGER events_item_stop_changes AFTER UPDATE OF stop_reason ON events_item
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('ITEM');
CREATE TRIGGER events_item_stop_goes AFTER DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('ITEM');

CREATE TRIGGER allocations_listing_stop_begins AFTER INSERT ON allocations_listing
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('LISTING');
CREATE TRIGGER allocations_listing_stop_changes AFTER UPDATE OF stop_reason ON allocations_listing
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('LISTING');
CREATE TRIGGER allocations_listing_stop_goes AFTER DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('LISTING');

CREATE TRIGGER allocations_saleschannel_stop_begins AFTER INSERT ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
CREATE TRIGGER allocations_saleschannel_stop_changes
    AFTER UPDATE OF stop_reason ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
CREATE TRIGGER allocations_saleschannel_stop_goes AFTER DELETE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
