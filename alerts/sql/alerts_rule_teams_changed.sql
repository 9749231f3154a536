-- A venue's rule tells its own teams, and those of no venue.
CREATE OR REPLACE FUNCTION alerts_rule_teams_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM alerts_alertrule r, alerts_alertteam t
                WHERE r.id = NEW.alertrule_id AND t.id = NEW.alertteam_id
                  AND t.venue_id IS NOT NULL AND t.venue_id IS DISTINCT FROM r.venue_id) THEN
        RAISE EXCEPTION 'A rule tells teams of its own venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'alertrule_teams_within_venue';
    END IF;
    RETURN NEW;
END $$;
