-- A payment goes into an open till of its booking's counter and currency, under the till's next number. What was sold offline
-- may come when its till is closed, and says so; its receipt has the number of its lease.
CREATE OR REPLACE FUNCTION boxoffice_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    till boxoffice_shift;
    booked sales_booking;
BEGIN
    SELECT * INTO till FROM boxoffice_shift WHERE id = NEW.shift_id FOR NO KEY UPDATE;
    IF (till.closed_at IS NOT NULL) <> NEW.is_late THEN
        RAISE EXCEPTION 'Till % is closed and takes no payment, or is open and none is late.', NEW.shift_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shift_closed_takes_no_payment';
    END IF;
    IF NEW.number <> till.receipts THEN
        RAISE EXCEPTION 'The last receipt of till % is %, not %.', NEW.shift_id, till.receipts, NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_numbers_have_no_gap';
    END IF;
    SELECT * INTO booked FROM sales_booking WHERE id = NEW.booking_id;
    IF NEW.booking_id IS NOT NULL
       AND (booked.channel_id, booked.currency) IS DISTINCT FROM (till.channel_id, till.currency) THEN
        RAISE EXCEPTION 'Till % is of another counter or currency than booking %.', NEW.shift_id, NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_fits_its_till';
    END IF;
    RETURN NEW;
END $$;
