-- A booking's status moves only as sales/enums.py says, and a booking never changes hands.
CREATE FUNCTION sales_booking_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Booking % stays: what was sold is never deleted.', OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_stays';
    END IF;
    IF (NEW.event_id, NEW.channel_id, NEW.uuid) IS DISTINCT FROM
       (OLD.event_id, OLD.channel_id, OLD.uuid) THEN
        RAISE EXCEPTION 'Booking % cannot change its event, channel or number.', OLD.uuid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_keeps_its_owner';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'ON_HOLD' AND NEW.status IN ('CONFIRMED', 'EXPIRED', 'CANCELLED')
        OR OLD.status = 'CONFIRMED' AND NEW.status = 'CANCELLED'
    ) THEN
        RAISE EXCEPTION 'Booking % cannot go from % to %.', OLD.uuid, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sales_booking_status_moves';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER sales_booking_guard BEFORE UPDATE OR DELETE ON sales_booking
    FOR EACH ROW EXECUTE FUNCTION sales_booking_guard();

-- A line keeps its item: what it counts, and where, is decided when it is sold.
CREATE FUNCTION sales_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Line % of a booking keeps its item, listing and number.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_line_keeps_its_item';
END $$;

CREATE TRIGGER sales_line_guard BEFORE UPDATE OF booking_id, item_id, listing_id, number
    ON sales_bookingline FOR EACH ROW
    WHEN ((NEW.booking_id, NEW.item_id, NEW.listing_id, NEW.number)
          IS DISTINCT FROM (OLD.booking_id, OLD.item_id, OLD.listing_id, OLD.number))
    EXECUTE FUNCTION sales_line_guard();

-- Components are frozen once their item has sold: units on hold and sold are counted by them.
CREATE FUNCTION sales_component_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.item_id ELSE OLD.item_id END;
BEGIN
    -- The event's row first, as everywhere (docs/ledger.md). Whoever sells this item now has
    -- locked one of its stock rows; wait for that sale, then look.
    PERFORM FROM events_event WHERE id = (SELECT event_id FROM events_item WHERE id = booked)
        FOR NO KEY UPDATE;
    PERFORM FROM allocations_stock
      WHERE pool_id IN (SELECT pool_id FROM events_component WHERE item_id = booked)
        AND kind = 'CHANNEL' ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT FROM sales_bookingline WHERE item_id = booked) THEN
        RAISE EXCEPTION 'Item % has been sold: what it consists of can no longer change.', booked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'component_frozen_once_sold';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER sales_component_frozen BEFORE INSERT OR DELETE OR UPDATE ON events_component
    FOR EACH ROW EXECUTE FUNCTION sales_component_frozen();

-- What a booking names without a foreign key is not deleted from under it.
CREATE FUNCTION sales_booked_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked boolean;
BEGIN
    -- A sale under the listing may have its stock, and commit in a moment; wait for it, then look.
    IF TG_TABLE_NAME = 'allocations_listing' THEN
        PERFORM FROM allocations_stock s JOIN events_component c ON c.pool_id = s.pool_id
          WHERE c.item_id = OLD.item_id AND s.channel_id = OLD.channel_id
          ORDER BY s.id FOR UPDATE OF s;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1])
       INTO booked USING OLD.id;
    IF booked THEN
        RAISE EXCEPTION '% % is named by a booking and cannot be deleted.', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booked_stays';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER sales_booked_event_stays BEFORE DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_booking', 'event_id');
CREATE TRIGGER sales_booked_channel_stays BEFORE DELETE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_booking', 'channel_id');
CREATE TRIGGER sales_booked_item_stays BEFORE DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_bookingline', 'item_id');
CREATE TRIGGER sales_booked_listing_stays BEFORE DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_bookingline', 'listing_id');
