-- Components are frozen once their item has sold: units on hold and sold are counted by them.
-- What no channel lists cannot be on its way to being sold, and its stock is let alone: a new item
-- for pools that sell is set up without a wait for any sale.
CREATE OR REPLACE FUNCTION sales_component_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.item_id ELSE OLD.item_id END;
BEGIN
    -- The event's row first, as everywhere (docs/ledger.md). A listing that is being made or
    -- deleted raises its config_version: whoever does so has this row, and has committed before
    -- we look; or asks for it, and waits for us, so that no sale has seen that listing yet.
    PERFORM FROM events_event WHERE id = (SELECT event_id FROM events_item WHERE id = booked)
        FOR NO KEY UPDATE;
    -- Whoever sells this item now has locked one of its stock rows; wait for that sale, then look.
    -- One that was planned under a listing which is deleted by now finds the set-up changed.
    IF EXISTS (SELECT FROM allocations_listing WHERE item_id = booked) THEN
        PERFORM FROM allocations_stock
          WHERE pool_id IN (SELECT pool_id FROM events_component WHERE item_id = booked)
            AND kind = 'CHANNEL' ORDER BY id FOR UPDATE;
    END IF;
    IF EXISTS (SELECT FROM sales_bookingline WHERE item_id = booked)
       OR EXISTS (SELECT FROM sales_blockline WHERE item_id = booked) THEN
        RAISE EXCEPTION 'Item % has been sold: what it consists of can no longer change.', booked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'component_frozen_once_sold';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
