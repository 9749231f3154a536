INSERT INTO events_commit (kind, target_id, at)
SELECT 'ALERT', id, greatest(opened_at, latest_at, acknowledged_at, escalated_at, resolved_at)
  FROM alerts_alert;

CREATE CONSTRAINT TRIGGER alerts_alert_commit AFTER INSERT OR UPDATE ON alerts_alert
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('ALERT');
