-- The lines and groups of an applied plan stay as they are; a line's channel and group are of its plan's venue
-- and of its plan.
CREATE OR REPLACE FUNCTION allocations_plan_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    plan allocations_allocationplan;
BEGIN
    SELECT * INTO plan FROM allocations_allocationplan WHERE id = part.plan_id;
    IF TG_OP = 'DELETE' AND events_is_rehearsal((SELECT event_id FROM events_pool WHERE id = plan.pool_id)) THEN
        RETURN OLD;
    END IF;
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
