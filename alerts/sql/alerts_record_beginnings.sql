-- The first history records of the teams and rules that a venue, or the system, begins with.
CREATE OR REPLACE FUNCTION alerts_record_beginnings(of_venue bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    teams bigint[] := ARRAY(SELECT id FROM alerts_alertteam WHERE venue_id IS NOT DISTINCT FROM of_venue);
    rules bigint[] := ARRAY(
        SELECT r.id FROM alerts_alertrule r
         WHERE r.venue_id IS NOT DISTINCT FROM of_venue
           AND NOT EXISTS (SELECT FROM alerts_historicalalertrule h WHERE h.id = r.id));
    why text := CASE WHEN of_venue IS NULL THEN 'Made with the system' ELSE 'Made with the venue' END;
BEGIN
    PERFORM events_record_made('alerts_alertteam', 'alerts_historicalalertteam', teams, why);
    PERFORM events_record_made('alerts_alertrule', 'alerts_historicalalertrule', rules, why);
    INSERT INTO alerts_historicalalertrule_teams (id, history_id, alertrule_id, alertteam_id)
    SELECT t.id, h.history_id, t.alertrule_id, t.alertteam_id
      FROM alerts_historicalalertrule h
      JOIN alerts_alertrule_teams t ON t.alertrule_id = h.id
     WHERE h.id = ANY(rules);
END $$;
