-- Whether units of an event's rows may be taken without an approval, whatever its policy says: before it is first put on
-- sale, and when it is over and no start that it was moved away from lies ahead.
CREATE OR REPLACE FUNCTION transfers_is_divided_freely(of_event bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT e.status = 'DRAFT'
           OR greatest(e.starts_at, e.ends_at) + interval '1 day' < clock_timestamp()
              AND coalesce(e.sales_until, '-infinity') < clock_timestamp()
              AND NOT EXISTS (SELECT FROM transfers_formerstart f
                               WHERE f.event_id = e.id AND f.starts_at > clock_timestamp())
      FROM events_event e
     WHERE e.id = of_event
$$;
