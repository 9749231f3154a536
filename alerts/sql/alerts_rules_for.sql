-- The rules that speak for events, a line for each of both: of the event itself where it has any of that kind
-- (also one that is off), else of its venue, else of all venues. The same in Python: speaking_for() in alerts/rules.py.
CREATE OR REPLACE FUNCTION alerts_rules_for(events bigint[], of_kind varchar)
RETURNS TABLE (rule_id bigint, event_id bigint, venue_id bigint, pool_id bigint, channel_id bigint,
               per varchar, unit varchar, threshold numeric, other_threshold numeric,
               window_minutes int, pace varchar, probability float8, hysteresis numeric)
-- Not STABLE, or it would be taken apart, and the planner would expect a single line of it.
LANGUAGE sql ROWS 5000 AS $$
    SELECT id, event_id, venue_id, pool_id, channel_id, per, unit, threshold, other_threshold,
           window_minutes, pace, probability, hysteresis
      FROM (SELECT r.id, e.id AS event_id, e.venue_id, r.pool_id, r.channel_id, r.per, r.unit,
                   r.threshold, r.other_threshold, r.window_minutes, r.pace, r.probability,
                   r.hysteresis, r.is_active,
                   rank() OVER (PARTITION BY e.id ORDER BY r.event_id IS NULL, r.venue_id IS NULL) AS place
              FROM events_event e
              JOIN events_venue v ON v.id = e.venue_id AND NOT v.is_rehearsal  -- of which nobody is told
              JOIN alerts_alertrule r
                ON (r.venue_id IS NULL OR r.venue_id = e.venue_id)
               AND (r.event_id IS NULL OR r.event_id = e.id)
             WHERE e.id = ANY (events) AND r.kind = of_kind) ranked
     WHERE place = 1 AND is_active
$$;
