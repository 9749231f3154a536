-- The moment at which the clocks of a zone show a time: of an hour that they show twice the first one, of an hour
-- that they skip as if they had not. The same in Python: shown.replace(tzinfo=zone).
CREATE OR REPLACE FUNCTION events_local_moment(shown timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    -- PostgreSQL takes the later one. The earlier one is told by the offset of half a day before.
    later timestamptz := shown AT TIME ZONE zone;
    half_a_day_before timestamptz := later - interval '12 hours';
    earlier timestamptz := (shown - ((half_a_day_before AT TIME ZONE zone)
                                     - (half_a_day_before AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
BEGIN
    RETURN CASE WHEN earlier AT TIME ZONE zone = shown THEN earlier ELSE later END;
END $$;
