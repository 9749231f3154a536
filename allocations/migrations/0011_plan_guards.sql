-- An applied plan is a record: it is replaced by the next version, and nothing else becomes of it.
CREATE FUNCTION allocations_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'IN_FORCE' AND NEW.status = 'REPLACED'
       AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN
        RETURN NEW;
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

CREATE TRIGGER allocations_plan_stays BEFORE UPDATE OR DELETE ON allocations_allocationplan
    FOR EACH ROW EXECUTE FUNCTION allocations_plan_stays();

-- The same for its parts; and a part belongs to its plan's venue and groups.
CREATE FUNCTION allocations_plan_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    plan allocations_allocationplan;
BEGIN
    SELECT * INTO plan FROM allocations_allocationplan WHERE id = part.plan_id;
    IF plan.status <> 'DRAFT' OR TG_OP = 'UPDATE' AND NEW.plan_id <> OLD.plan_id THEN
        RAISE EXCEPTION 'Version % of the plan of pool % has been applied and stays as it is.',
            plan.version, plan.pool_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_parts_stay';
    END IF;
    IF TG_OP <> 'DELETE' AND TG_TABLE_NAME = 'allocations_planline' THEN
        IF NOT EXISTS (
            SELECT FROM events_pool p
              JOIN events_event e ON e.id = p.event_id
              JOIN allocations_saleschannel c ON c.venue_id = e.venue_id
             WHERE p.id = plan.pool_id AND c.id = NEW.channel_id
        ) OR NEW.group_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM allocations_plangroup g
             WHERE g.id = NEW.group_id AND g.plan_id = NEW.plan_id
        ) THEN
            RAISE EXCEPTION 'The channel or the group of a plan''s line belongs to another.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'planline_within_its_plan';
        END IF;
    END IF;
    RETURN part;
END $$;

CREATE TRIGGER allocations_planline_guard BEFORE INSERT OR UPDATE OR DELETE
    ON allocations_planline FOR EACH ROW EXECUTE FUNCTION allocations_plan_part_guard();
CREATE TRIGGER allocations_plangroup_guard BEFORE INSERT OR UPDATE OR DELETE
    ON allocations_plangroup FOR EACH ROW EXECUTE FUNCTION allocations_plan_part_guard();
