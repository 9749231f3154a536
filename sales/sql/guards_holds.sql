-- What must always be true of named holds (docs/domain.md).

CREATE OR REPLACE TRIGGER sales_hold_change_stays BEFORE UPDATE OR DELETE ON sales_holdchange
    FOR EACH ROW EXECUTE FUNCTION sales_hold_change_stays();

CREATE OR REPLACE TRIGGER sales_hidden_stays BEFORE UPDATE OF kind ON allocations_saleschannel
    FOR EACH ROW WHEN (OLD.kind = 'HIDDEN' AND NEW.kind <> 'HIDDEN') EXECUTE FUNCTION sales_hidden_stays();
