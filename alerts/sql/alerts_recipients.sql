-- Where messages about alerts go: the endpoints of the teams that their rules name, of the team that looks
-- after the channel, of its partner. "escalating": of the teams escalated to, if there are
-- any. Not to an endpoint of which the alert itself says that it cannot be reached.
--
-- Where teams are named and none of them has anybody who can be reached, it goes to the venue's managers, and
-- where there are none to who administers the system: "for_nobody". A rule that names no team stays on the board.
CREATE OR REPLACE FUNCTION alerts_recipients(alerts bigint[], escalating boolean)
RETURNS TABLE (alert_id bigint, endpoint_id bigint, team_id bigint, for_nobody boolean)
LANGUAGE sql STABLE AS $$
    WITH told AS MATERIALIZED (
        SELECT a.id, a.rule_id, a.venue_id, a.channel_id, a.endpoint_id, r.tells_partner, r.tells_channel_team,
               escalating AND EXISTS (SELECT FROM alerts_alertrule_escalate_to t
                                       WHERE t.alertrule_id = r.id) AS to_others
          FROM alerts_alert a JOIN alerts_alertrule r ON r.id = a.rule_id
         WHERE a.id = ANY (alerts)
    ), team AS (
        SELECT told.id, t.alertteam_id FROM told
          JOIN alerts_alertrule_teams t ON t.alertrule_id = told.rule_id
         WHERE NOT to_others
         UNION
        SELECT told.id, t.alertteam_id FROM told
          JOIN alerts_alertrule_escalate_to t ON t.alertrule_id = told.rule_id
         WHERE to_others
         UNION
        SELECT told.id, t.id FROM told
          JOIN allocations_saleschannel k ON k.id = told.channel_id
          JOIN alerts_alertteam t ON t.venue_id = k.venue_id
           -- allocations.enums.Team, and the roles of accounts.roles.Role
           AND (k.team, t.role) IN (('BOX_OFFICE', 'Box office'), ('PARTNERS', 'Partner manager'),
                                    ('FINANCE', 'Finance'))
         WHERE tells_channel_team AND NOT to_others
    ), reached AS (
        SELECT e.id, e.team_id
          FROM alerts_endpoint e
          LEFT JOIN accounts_user u ON u.id = e.person_id
         WHERE e.is_active AND e.disabled_at IS NULL AND e.team_id IS NOT NULL
           -- A member's address is that of the person, while he or she is one.
           AND (e.person_id IS NULL
                OR u.email = e.address AND u.id IN (SELECT alerts_people(e.team_id)))
    ), address AS (
        SELECT team.id AS alert_id, r.id, r.team_id, false AS for_nobody
          FROM team JOIN told ON told.id = team.id
          JOIN reached r ON r.team_id = team.alertteam_id AND r.id IS DISTINCT FROM told.endpoint_id
    ), nobody AS MATERIALIZED (
        SELECT told.id, told.venue_id, told.endpoint_id FROM told
         WHERE EXISTS (SELECT FROM team WHERE team.id = told.id)
           AND NOT EXISTS (SELECT FROM address WHERE address.alert_id = told.id)
    ), manager AS MATERIALIZED (
        SELECT n.id AS alert_id, r.id, r.team_id
          FROM nobody n
          JOIN alerts_alertteam t ON t.venue_id = n.venue_id AND t.role = 'Venue manager'
          JOIN reached r ON r.team_id = t.id AND r.id IS DISTINCT FROM n.endpoint_id
    ), operator AS (
        SELECT n.id AS alert_id, r.id, r.team_id
          FROM nobody n
          JOIN alerts_alertteam t ON t.venue_id IS NULL
          JOIN reached r ON r.team_id = t.id AND r.id IS DISTINCT FROM n.endpoint_id
         WHERE NOT EXISTS (SELECT FROM manager m WHERE m.alert_id = n.id)
    ), partner AS (
        SELECT told.id AS alert_id, e.id
          FROM told JOIN alerts_endpoint e ON e.channel_id = told.channel_id
         WHERE tells_partner AND NOT escalating AND e.is_active AND e.disabled_at IS NULL
           AND e.id IS DISTINCT FROM told.endpoint_id
    )
    SELECT alert_id, id, team_id, for_nobody FROM address
     UNION ALL SELECT alert_id, id, team_id, true FROM manager
     UNION ALL SELECT alert_id, id, team_id, true FROM operator
     UNION ALL SELECT alert_id, id, NULL, false FROM partner
$$;
