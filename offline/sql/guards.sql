-- What must always be true of what channels report (docs/offline.md).

CREATE OR REPLACE TRIGGER offline_report_guard BEFORE UPDATE OR DELETE ON offline_report
    FOR EACH ROW EXECUTE FUNCTION offline_report_guard();

CREATE OR REPLACE TRIGGER offline_conflict_guard BEFORE UPDATE OR DELETE ON offline_conflict
    FOR EACH ROW EXECUTE FUNCTION offline_conflict_guard();
