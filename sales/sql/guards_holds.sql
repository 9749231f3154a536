-- What must always be true of named holds (docs/domain.md).

CREATE OR REPLACE TRIGGER sales_hold_change_stays BEFORE UPDATE OR DELETE ON sales_holdchange
    FOR EACH ROW EXECUTE FUNCTION sales_hold_change_stays();
