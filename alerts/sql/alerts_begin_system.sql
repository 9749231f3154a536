-- The team and the rules of no venue, for what concerns the system. What is there already stays.
CREATE OR REPLACE FUNCTION alerts_begin_system() RETURNS void LANGUAGE sql AS $$
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
