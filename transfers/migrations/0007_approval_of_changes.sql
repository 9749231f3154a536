-- Units, and the use of units, are taken from channels by more doors than transfers. All of them ask the
-- same question in the same place (docs/adr on the approval window). The guard functions stand in transfers/sql/.
DROP FUNCTION IF EXISTS transfers_needs(bigint, bigint, bigint, bigint, bigint, timestamptz);

-- Sales never come here: what they change of a row's quantity counts as drawn.
CREATE TRIGGER transfers_movement_judged AFTER INSERT ON allocations_movement
    FOR EACH ROW
    WHEN (NEW.kind IN ('MOVE', 'PLAN', 'RELEASE_BACK') AND NEW.delta_quantity < NEW.delta_drawn)
    EXECUTE FUNCTION transfers_movement_judged();

CREATE TRIGGER transfers_terms_judged
    AFTER UPDATE OF draws_on_id, draws_from, draws_until, ceiling, releases_at ON allocations_stock
    FOR EACH ROW
    WHEN ((NEW.draws_on_id, NEW.draws_from, NEW.draws_until, NEW.ceiling, NEW.releases_at)
          IS DISTINCT FROM
          (OLD.draws_on_id, OLD.draws_from, OLD.draws_until, OLD.ceiling, OLD.releases_at))
    EXECUTE FUNCTION transfers_terms_judged();

CREATE TRIGGER transfers_limit_judged AFTER UPDATE OF "limit" ON allocations_listing
    FOR EACH ROW WHEN (NEW."limit" < coalesce(OLD."limit", 2147483647))
    EXECUTE FUNCTION transfers_limit_judged();
CREATE TRIGGER transfers_limit_judged AFTER UPDATE OF "limit" ON events_item
    FOR EACH ROW WHEN (NEW."limit" < coalesce(OLD."limit", 2147483647))
    EXECUTE FUNCTION transfers_limit_judged();

-- A change that waits is a record, as a transfer is.
CREATE FUNCTION transfers_changerequest_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['status', 'decided_at', 'decided_by_id', 'note', 'ended_at', 'failure'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'REQUESTED' THEN
            RAISE EXCEPTION 'A change begins as a request, not as %.', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_begins_as_a_request';
        END IF;
        NEW.four_eyes := (transfers_policy_of(NEW.event_id)).four_eyes;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR to_jsonb(NEW) - decided <> to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'Request % for a change stays what was asked for.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_stays';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'REQUESTED' AND NEW.status IN ('APPROVED', 'REJECTED', 'CANCELLED', 'LAPSED')
        OR OLD.status = 'APPROVED' AND NEW.status IN ('EXECUTED', 'FAILED')
    ) THEN
        RAISE EXCEPTION 'Request % for a change cannot go from % to %.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changerequest_status_moves';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_changerequest_moves BEFORE INSERT OR UPDATE OR DELETE
    ON transfers_changerequest FOR EACH ROW EXECUTE FUNCTION transfers_changerequest_moves();
