-- A line that changes after its booking was sold changes the sum of that day (sales/day_sums).
CREATE OR REPLACE FUNCTION sales_day_line_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sales_daychange (event_id, sold_at)
    SELECT event_id, confirmed_at FROM sales_booking WHERE id = OLD.booking_id AND confirmed_at IS NOT NULL;
    RETURN NULL;
END $$;
