-- The day of an event, on which its same-day items are sold and with whose end it is over: events/day.py says it
-- in words and in Python, and tests/events/test_day.py holds that both say the same.
CREATE OR REPLACE FUNCTION events_day(starts_at timestamptz, ends_at timestamptz, all_day boolean,
                                      opens_at time, closes_at time, zone text) RETURNS tstzrange
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    first date := (starts_at AT TIME ZONE zone)::date;
    ends timestamptz := ends_at;
BEGIN
    IF ends IS NULL AND all_day AND closes_at < opens_at THEN
        ends := events_local_moment(first + 1 + closes_at, zone);
    ELSIF ends IS NULL THEN
        ends := events_local_moment((first + 1)::timestamp, zone);
    END IF;
    RETURN tstzrange(events_local_moment(first::timestamp, zone), ends);
END $$;
