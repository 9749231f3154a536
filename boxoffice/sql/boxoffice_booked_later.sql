-- A sale that was made offline and could not be booked at first was booked by a person: its payment is of that booking from now on.
CREATE OR REPLACE FUNCTION boxoffice_booked_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE boxoffice_payment SET booking_id = NEW.booking_id WHERE report_id = NEW.id AND booking_id IS NULL;
    RETURN NULL;
END $$;
