-- The first teams and rules of a venue. What is there already stays. The roles are those of accounts.roles.Role.
CREATE OR REPLACE FUNCTION alerts_begin(of_venue bigint) RETURNS void LANGUAGE sql AS $$
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
