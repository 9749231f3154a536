-- What must always be true of go-live checklists (docs/go-live.md).

CREATE OR REPLACE TRIGGER golive_event_is_ready_from_the_start AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NEW.status = 'ON_SALE') EXECUTE FUNCTION golive_event_is_ready();
CREATE OR REPLACE TRIGGER golive_event_is_ready AFTER UPDATE OF status ON events_event
    FOR EACH ROW WHEN (NEW.status = 'ON_SALE' AND OLD.status <> 'ON_SALE') EXECUTE FUNCTION golive_event_is_ready();

CREATE OR REPLACE TRIGGER golive_run_stays BEFORE UPDATE ON golive_checklistrun
    FOR EACH ROW EXECUTE FUNCTION golive_run_stays();
