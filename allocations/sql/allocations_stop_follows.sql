-- The row of a stop follows the column `stop_reason` of the event, item, channel or listing that is stopped. The stop
-- is that row (allocations/stop_sell.py); the column repeats it for lists and history.
--
-- Where the column is written without the service, the stop follows it. A stop that is not yet
-- recorded in the column is newer than what is being written there, and stays.
CREATE OR REPLACE FUNCTION allocations_stop_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text := TG_ARGV[0];
    target jsonb := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM allocations_stop WHERE kind = what AND target_id = OLD.id;
    ELSIF NEW.stop_reason = '' THEN
        DELETE FROM allocations_stop WHERE kind = what AND target_id = NEW.id AND is_recorded;
    ELSE
        INSERT INTO allocations_stop
               (kind, target_id, event_id, venue_id, reason, note, number, is_recorded)
        VALUES (what, NEW.id,
                CASE what WHEN 'EVENT' THEN NEW.id WHEN 'CHANNEL' THEN NULL
                     ELSE (target ->> 'event_id')::bigint END,
                CASE what WHEN 'CHANNEL' THEN (target ->> 'venue_id')::bigint END,
                NEW.stop_reason, '', nextval('allocations_stop_number'), true)
            ON CONFLICT (kind, target_id) DO UPDATE
           SET reason = excluded.reason, number = excluded.number
         WHERE allocations_stop.is_recorded AND allocations_stop.reason <> excluded.reason;
    END IF;
    RETURN NULL;
END $$;
