-- What a sale must know and no row of its event holds: the venue, the venue's channels, and what is
-- stopped. The value is another one whenever one of these has changed, whoever changed it, and
-- whichever of two transactions committed first: `config_version` cannot know of a channel whose
-- change was not yet committed when the event took it up. Nothing is locked for it.
--
-- `xmin` is the transaction that wrote a row as it is; no transaction has the number of another.
CREATE OR REPLACE FUNCTION allocations_surroundings(of_event bigint) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT to_hex(hashtextextended(concat_ws('/',
        v.xmin::text,
        coalesce((SELECT string_agg(c.id || ':' || c.xmin, ',' ORDER BY c.id)
                    FROM allocations_saleschannel c WHERE c.venue_id = v.id), ''),
        coalesce((SELECT string_agg(s.number::text, ',' ORDER BY s.number)
                    FROM allocations_stop s WHERE s.event_id = e.id OR s.venue_id = v.id), '')
    ), 0))
      FROM events_event e JOIN events_venue v ON v.id = e.venue_id
     WHERE e.id = of_event
$$;
