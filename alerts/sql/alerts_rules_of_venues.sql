-- The rules that speak for venues: a venue's own where it has any of that kind (also one that is off), else those of
-- all venues. The line without a venue is of what belongs to none.
CREATE OR REPLACE FUNCTION alerts_rules_of_venues(of_kind varchar)
RETURNS TABLE (rule_id bigint, venue_id bigint, channel_id bigint, threshold numeric)
LANGUAGE sql STABLE AS $$
    SELECT id, venue_id, channel_id, threshold
      FROM (SELECT r.id, v.id AS venue_id, r.channel_id, r.threshold, r.is_active,
                   rank() OVER (PARTITION BY v.id ORDER BY r.venue_id IS NULL) AS place
              FROM (SELECT id FROM events_venue WHERE NOT is_rehearsal UNION ALL SELECT NULL) v
              JOIN alerts_alertrule r ON r.venue_id IS NULL OR r.venue_id = v.id
             WHERE r.kind = of_kind) ranked
     WHERE place = 1 AND is_active
$$;
