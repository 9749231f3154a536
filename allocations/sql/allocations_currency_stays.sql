-- A price is a number in its venue's currency. Once there is one, the currency stays.
--
-- Whoever lists an item has the event's row until the commit. Taking those rows first, we wait for
-- a listing that is being made, and then see it.
CREATE OR REPLACE FUNCTION allocations_currency_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM events_event WHERE venue_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM allocations_listing l JOIN events_event e ON e.id = l.event_id
         WHERE e.venue_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'Venue % has prices in %.', NEW.id, OLD.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'venue_currency_stays_once_priced';
    END IF;
    RETURN NULL;
END $$;
