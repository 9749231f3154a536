-- A listing joins an item and a channel of one venue, and names the item's event.
CREATE OR REPLACE FUNCTION allocations_listing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM events_item i
          JOIN events_event e ON e.id = i.event_id
          JOIN allocations_saleschannel c ON c.venue_id = e.venue_id
         WHERE i.id = NEW.item_id AND c.id = NEW.channel_id AND e.id = NEW.event_id
    ) THEN
        RAISE EXCEPTION 'The item, the channel and the event of a listing do not fit.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_within_venue';
    END IF;
    RETURN NEW;
END $$;
