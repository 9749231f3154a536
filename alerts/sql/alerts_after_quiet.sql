-- When a team may be told what is due at a moment: then, or when its quiet hours end, if it lies in them.
CREATE OR REPLACE FUNCTION alerts_after_quiet(of_team bigint, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
           WHEN quiet_from IS NULL THEN at
           WHEN quiet_from < quiet_until AND (clock < quiet_from OR clock >= quiet_until) THEN at
           WHEN quiet_from > quiet_until AND clock < quiet_from AND clock >= quiet_until THEN at
           ELSE (day + quiet_until + CASE WHEN quiet_until <= clock THEN interval '1 day'
                                          ELSE interval '0' END) AT TIME ZONE zone
           END
      FROM (SELECT t.quiet_from, t.quiet_until, z.zone, (at AT TIME ZONE z.zone)::time AS clock,
                   (at AT TIME ZONE z.zone)::date AS day
              FROM alerts_alertteam t
              LEFT JOIN events_venue v ON v.id = t.venue_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(nullif(t.time_zone, ''), v.time_zone, 'UTC') AS zone) z
             WHERE t.id = of_team) team
$$;
