-- Each venue begins with teams and rules (alerts_begin), and with their first history records.
CREATE OR REPLACE FUNCTION alerts_venue_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alerts_begin(NEW.id);
    PERFORM alerts_record_beginnings(NEW.id);
    RETURN NULL;
END $$;
