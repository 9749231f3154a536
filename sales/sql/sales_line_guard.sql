-- A line keeps its item: what it counts, and where, is decided when it is sold.
CREATE OR REPLACE FUNCTION sales_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Line % of a booking keeps its item, listing and number.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_line_keeps_its_item';
END $$;
