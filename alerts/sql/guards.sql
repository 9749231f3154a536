-- What alerts rest on in the database (docs/alerts.md). What each trigger decides stands in the file of its function.

-- What a venue begins with is made by a service (begin_venues() in alerts/services.py).
DROP TRIGGER IF EXISTS alerts_venue_begins ON events_venue;
DROP FUNCTION IF EXISTS alerts_venue_begins, alerts_begin;
DROP TRIGGER IF EXISTS alerts_venue_is_watched ON events_venue;
CREATE CONSTRAINT TRIGGER alerts_venue_is_watched AFTER INSERT ON events_venue
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION alerts_venue_is_watched();

CREATE OR REPLACE TRIGGER alerts_rule_changed BEFORE INSERT OR UPDATE ON alerts_alertrule
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_changed();

CREATE OR REPLACE TRIGGER alerts_rule_teams_changed BEFORE INSERT OR UPDATE ON alerts_alertrule_teams
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_teams_changed();
CREATE OR REPLACE TRIGGER alerts_rule_escalates_to BEFORE INSERT OR UPDATE ON alerts_alertrule_escalate_to
    FOR EACH ROW EXECUTE FUNCTION alerts_rule_teams_changed();

CREATE OR REPLACE TRIGGER alerts_alert_moves BEFORE UPDATE ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION alerts_alert_moves();

CREATE OR REPLACE TRIGGER alerts_step_stays BEFORE UPDATE ON alerts_alertstep
    FOR EACH ROW EXECUTE FUNCTION alerts_step_stays();

DROP TRIGGER IF EXISTS alerts_alert_commit ON alerts_alert;
CREATE CONSTRAINT TRIGGER alerts_alert_commit AFTER INSERT OR UPDATE ON alerts_alert
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('ALERT');
