-- The first history record of rows that were written without one, such as the teams and rules that a venue begins with
-- (alerts_record_beginnings): all their values, so that the first change of one says from what. Rows that have a history
-- already are left alone.
CREATE OR REPLACE FUNCTION events_record_made(
    source regclass, history regclass, ids bigint[], why text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shared text;
BEGIN
    -- By name, since either table may gain columns.
    SELECT string_agg(quote_ident(s.attname), ', ') INTO shared
      FROM pg_attribute s
      JOIN pg_attribute h ON h.attrelid = history AND h.attname = s.attname
       AND h.attnum > 0 AND NOT h.attisdropped
     WHERE s.attrelid = source AND s.attnum > 0 AND NOT s.attisdropped;
    EXECUTE format(
        'INSERT INTO %s (%s, history_date, history_type, history_change_reason)'
        ' SELECT %s, clock_timestamp(), ''+'', $2 FROM %s made'
        '  WHERE made.id = ANY($1) AND NOT EXISTS (SELECT FROM %s h WHERE h.id = made.id)',
        history, shared, shared, source, history
    ) USING ids, why;
END $$;
