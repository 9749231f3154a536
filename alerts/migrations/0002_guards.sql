-- What alerts rest on in the database: the first teams and rules of a venue, which rules speak for an
-- event, who is told and when (docs/alerts.md). What is there already stays, also
-- where this was taken back and is done again.

-- The roles are those of accounts.roles.Role.
CREATE FUNCTION alerts_begin(of_venue bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO alerts_alertteam (venue_id, name, role, time_zone)
    SELECT of_venue, name, role, ''
      FROM (VALUES ('Venue managers', 'Venue manager'), ('Box office', 'Box office'),
                   ('Partner managers', 'Partner manager'), ('Finance', 'Finance')) t (name, role)
        ON CONFLICT DO NOTHING;
    INSERT INTO alerts_alertrule (venue_id, name, kind, severity, per, unit, threshold,
           other_threshold, window_minutes, pace, probability, hysteresis, cooldown_minutes,
           tells_channel_team, escalate_minutes)
    SELECT of_venue, r.*
      FROM (VALUES
        -- Of low severity: when a pool sells out, all its channels do.
        ('Channel nearly sold out', 'LOW_STOCK', 'INFO', 'CHANNEL', 'PERCENT', 5,
         NULL::numeric, NULL::int, '', NULL::float8, 5, 60, true, NULL::int),
        ('Pool nearly sold out', 'LOW_STOCK', 'WARNING', 'POOL', 'PERCENT', 10,
         NULL, NULL, '', NULL, 5, 60, false, NULL),
        ('Nearly all committed', 'OVERSELL_RISK', 'WARNING', '', '', 98,
         NULL, NULL, '', NULL, 1, 60, false, NULL),
        ('Unusual velocity', 'VELOCITY', 'WARNING', '', '', 5,
         NULL, 60, 'BOTH', 1e-5, 0, 120, false, NULL),
        ('One channel sells, another does not', 'SELL_THROUGH_GAP', 'INFO', '', '', 80,
         20, NULL, '', NULL, 5, 720, false, NULL),
        ('Transfer waits for approval', 'TRANSFER_WAITING', 'WARNING', '', '', 0,
         NULL, NULL, '', NULL, 0, 60, false, 120),
        ('Sync overdue', 'SYNC_OVERDUE', 'WARNING', '', '', 60,
         NULL, NULL, '', NULL, 0, 60, true, NULL),
        ('Payment overdue', 'PAYMENT_OVERDUE', 'INFO', '', '', 1,
         NULL, NULL, '', NULL, 0, 720, false, NULL),
        ('Messages cannot be delivered', 'DELIVERY_FAILING', 'WARNING', '', '', 3,
         NULL, NULL, '', NULL, 0, 60, false, NULL)
      ) r
        ON CONFLICT DO NOTHING;
    INSERT INTO alerts_alertrule_teams (alertrule_id, alertteam_id)
    SELECT r.id, t.id
      FROM (VALUES ('Pool nearly sold out', 'Venue manager'), ('Pool nearly sold out', 'Box office'),
                   ('Nearly all committed', 'Finance'), ('Unusual velocity', 'Partner manager'),
                   ('One channel sells, another does not', 'Partner manager'),
                   ('Transfer waits for approval', 'Venue manager'),
                   ('Sync overdue', 'Partner manager'), ('Payment overdue', 'Finance'),
                   ('Messages cannot be delivered', 'Venue manager')) told (rule, role)
      JOIN alerts_alertrule r ON r.venue_id = of_venue AND r.event_id IS NULL AND r.name = told.rule
      JOIN alerts_alertteam t ON t.venue_id = of_venue AND t.role = told.role
        ON CONFLICT DO NOTHING;
$$;

CREATE TRIGGER alerts_venue_begins AFTER INSERT ON events_venue
    FOR EACH ROW EXECUTE FUNCTION alerts_venue_begins();
SELECT alerts_begin(id) FROM events_venue;

-- Of no venue: what concerns the system.
CREATE FUNCTION alerts_begin_system() RETURNS void LANGUAGE sql AS $$
    INSERT INTO alerts_alertteam (name, role, time_zone) VALUES ('Operations', '', '')
        ON CONFLICT DO NOTHING;
    INSERT INTO alerts_alertrule (name, kind, severity, per, unit, pace, threshold, hysteresis,
           cooldown_minutes)
    VALUES ('Ledger difference', 'LEDGER_DIFFERENCE', 'CRITICAL', '', '', '', 1, 0, 60),
           ('Messages cannot be delivered', 'DELIVERY_FAILING', 'WARNING', '', '', '', 3, 0, 60)
        ON CONFLICT DO NOTHING;
    INSERT INTO alerts_alertrule_teams (alertrule_id, alertteam_id)
    SELECT r.id, t.id FROM alerts_alertrule r, alerts_alertteam t
     WHERE r.venue_id IS NULL AND t.venue_id IS NULL
        ON CONFLICT DO NOTHING;
$$;
SELECT alerts_begin_system();

-- The rules that speak for events, a line for each of both: of the event itself where it has any of that kind
-- (also one that is off), else of its venue, else of all venues.
CREATE FUNCTION alerts_rules_for(events bigint[], of_kind varchar)
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
              JOIN alerts_alertrule r
                ON (r.venue_id IS NULL OR r.venue_id = e.venue_id)
               AND (r.event_id IS NULL OR r.event_id = e.id)
             WHERE e.id = ANY (events) AND r.kind = of_kind) ranked
     WHERE place = 1 AND is_active
$$;

-- The same for what is not of an event; the line without a venue is of what belongs to none.
CREATE FUNCTION alerts_rules_of_venues(of_kind varchar)
RETURNS TABLE (rule_id bigint, venue_id bigint, channel_id bigint, threshold numeric)
LANGUAGE sql STABLE AS $$
    SELECT id, venue_id, channel_id, threshold
      FROM (SELECT r.id, v.id AS venue_id, r.channel_id, r.threshold, r.is_active,
                   rank() OVER (PARTITION BY v.id ORDER BY r.venue_id IS NULL) AS place
              FROM (SELECT id FROM events_venue UNION ALL SELECT NULL) v
              JOIN alerts_alertrule r ON r.venue_id IS NULL OR r.venue_id = v.id
             WHERE r.kind = of_kind) ranked
     WHERE place = 1 AND is_active
$$;

-- The people of a team who may still see the venue.
CREATE FUNCTION alerts_people(of_team bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT u.id
      FROM alerts_alertteam t
      JOIN accounts_user u ON u.is_active
       AND (u.is_superuser
            OR EXISTS (SELECT FROM accounts_user_venues v
                        WHERE v.user_id = u.id AND v.venue_id = t.venue_id))
     WHERE t.id = of_team
       AND (EXISTS (SELECT FROM alerts_alertteam_members m
                     WHERE m.alertteam_id = t.id AND m.user_id = u.id)
            OR t.has_everyone
               AND (t.venue_id IS NULL AND u.is_superuser
                    OR t.role <> '' AND EXISTS (
                        SELECT FROM accounts_user_groups m JOIN auth_group g ON g.id = m.group_id
                         WHERE m.user_id = u.id AND g.name = t.role)))
$$;

-- That moment, or when the team's quiet hours end, if it lies in them.
CREATE FUNCTION alerts_after_quiet(of_team bigint, at timestamptz) RETURNS timestamptz
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

-- What a rule names belongs together.
CREATE FUNCTION alerts_rule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM events_event WHERE id = NEW.event_id AND venue_id = NEW.venue_id)
       OR NEW.pool_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM events_pool WHERE id = NEW.pool_id AND event_id = NEW.event_id)
       OR NEW.channel_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM allocations_saleschannel WHERE id = NEW.channel_id AND venue_id = NEW.venue_id)
    THEN
        RAISE EXCEPTION 'The event, pool and channel of a rule belong to its venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertrule_within_venue';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER alerts_rule_changed BEFORE INSERT OR UPDATE ON alerts_alertrule
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_changed();

-- A venue's rule tells its own teams, and those of no venue.
CREATE FUNCTION alerts_rule_teams_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM alerts_alertrule r, alerts_alertteam t
                WHERE r.id = NEW.alertrule_id AND t.id = NEW.alertteam_id
                  AND t.venue_id IS NOT NULL AND t.venue_id IS DISTINCT FROM r.venue_id) THEN
        RAISE EXCEPTION 'A rule tells teams of its own venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertrule_teams_within_venue';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER alerts_rule_teams_changed BEFORE INSERT OR UPDATE ON alerts_alertrule_teams
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_teams_changed();
CREATE TRIGGER alerts_rule_escalates_to BEFORE INSERT OR UPDATE ON alerts_alertrule_escalate_to
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_teams_changed();

-- What was found stays as it was; only what became of it is written later.
CREATE FUNCTION alerts_alert_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['rule_id', 'status', 'latest', 'latest_at', 'told_at', 'escalated_at',
                          'acknowledged_at', 'acknowledged_by_id', 'resolved_at', 'resolved_by_id'];
BEGIN
    IF to_jsonb(NEW) - later <> to_jsonb(OLD) - later THEN
        RAISE EXCEPTION 'Alert % stays what was found.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alert_keeps_what_was_found';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'OPEN' AND NEW.status IN ('ACKNOWLEDGED', 'RESOLVED')
        OR OLD.status = 'ACKNOWLEDGED' AND NEW.status = 'RESOLVED'
    ) THEN
        RAISE EXCEPTION 'Alert % cannot go from % to %.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alerts_alert_status_moves';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER alerts_alert_moves BEFORE UPDATE ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION alerts_alert_moves();

-- Steps are a record; an endpoint that is deleted leaves them.
CREATE FUNCTION alerts_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'endpoint_id' <> to_jsonb(OLD) - 'endpoint_id' THEN
        RAISE EXCEPTION 'The steps of an alert are never changed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertstep_never_changed';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER alerts_step_stays BEFORE UPDATE ON alerts_alertstep
    FOR EACH ROW EXECUTE FUNCTION alerts_step_stays();
