-- The event, pool and channel of an alert rule belong to its venue, and the pool to the event.
CREATE OR REPLACE FUNCTION alerts_rule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM events_event WHERE id = NEW.event_id AND venue_id = NEW.venue_id)
       OR NEW.pool_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM events_pool WHERE id = NEW.pool_id AND event_id = NEW.event_id)
       OR NEW.channel_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM allocations_saleschannel WHERE id = NEW.channel_id AND venue_id = NEW.venue_id)
    THEN
        RAISE EXCEPTION 'The event, pool and channel of a rule belong to its venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertrule_within_venue';
    END IF;
    RETURN NEW;
END $$;
