-- A sale that changes after it was made changes the sum of its day: the day is noted, to be summed up again (sales/day_sums).
CREATE OR REPLACE FUNCTION sales_day_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sales_daychange (event_id, sold_at) VALUES (OLD.event_id, OLD.confirmed_at);
    IF NEW.confirmed_at <> OLD.confirmed_at THEN
        INSERT INTO sales_daychange (event_id, sold_at) VALUES (OLD.event_id, NEW.confirmed_at);
    END IF;
    RETURN NULL;
END $$;
