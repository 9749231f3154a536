-- What an alert has found stays as it was; what became of it is written later, and its status moves as TRANSITIONS
-- in alerts/enums.py says.
CREATE OR REPLACE FUNCTION alerts_alert_moves() RETURNS trigger LANGUAGE plpgsql AS $$
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
