-- Whether an event is a rehearsal's: its rows may be deleted, as no other's (golive/rehearsal.py).
CREATE OR REPLACE FUNCTION events_is_rehearsal(event bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM events_event e JOIN events_venue v ON v.id = e.venue_id
                    WHERE e.id = event AND v.is_rehearsal)
$$;
