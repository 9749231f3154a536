-- Whether an event is ready to go live: its newest run that nobody has cancelled has failed nowhere, was signed, and is
-- not out of date. In Python: standing_of() in golive/selectors.py.
CREATE OR REPLACE FUNCTION golive_is_ready(of_event bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT r.signed_at IS NOT NULL AND r.fingerprint = golive_fingerprint(of_event)
          FROM golive_checklistrun r
         WHERE r.event_id = of_event AND r.state <> 'CANCELLED'
         ORDER BY r.id DESC LIMIT 1), false)
$$;
