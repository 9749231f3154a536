CREATE TRIGGER transfers_date_judged AFTER UPDATE OF starts_at ON events_event
    FOR EACH ROW WHEN (NEW.starts_at <> OLD.starts_at AND OLD.status <> 'DRAFT')
    EXECUTE FUNCTION transfers_date_judged();
