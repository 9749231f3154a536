-- What of a safety buffer follows a new division of its pool; needs the table of buffers.
CREATE OR REPLACE TRIGGER allocations_buffer_follows AFTER INSERT ON allocations_movement
    FOR EACH ROW WHEN (NEW.kind IN ('PLAN', 'TERMS', 'RELEASE_BACK'))
    EXECUTE FUNCTION allocations_buffer_follows();
