-- A booking's status moves only as TRANSITIONS in sales/enums.py says, and a booking never changes hands.
CREATE OR REPLACE FUNCTION sales_booking_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND events_is_rehearsal(OLD.event_id) THEN
        RETURN OLD;
    END IF;
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
