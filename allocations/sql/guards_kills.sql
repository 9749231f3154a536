-- What must always be true of what is out of sale (docs/domain.md).

CREATE OR REPLACE TRIGGER allocations_kill_guard BEFORE INSERT OR UPDATE OR DELETE ON allocations_kill
    FOR EACH ROW EXECUTE FUNCTION allocations_kill_guard();
