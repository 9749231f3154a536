-- An applied plan is a record: it is replaced by the next version, and nothing else becomes of it.
CREATE OR REPLACE FUNCTION allocations_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'IN_FORCE' AND NEW.status = 'REPLACED'
       AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND events_is_rehearsal((SELECT event_id FROM events_pool WHERE id = OLD.pool_id)) THEN
        RETURN OLD;
    END IF;
    IF OLD.status <> 'DRAFT' THEN
        RAISE EXCEPTION 'Version % of the plan of pool % has been applied and stays as it is.',
            OLD.version, OLD.pool_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_applied_stays';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.pool_id <> OLD.pool_id THEN
        RAISE EXCEPTION 'The plan of pool % cannot become that of another.', OLD.pool_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_keeps_its_pool';
    END IF;
    RETURN NEW;
END $$;
