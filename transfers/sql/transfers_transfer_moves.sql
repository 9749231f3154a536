-- What may become of a transfer (TRANSITIONS in transfers/enums.py says the same of its status); what is executed has
-- the approval that it needs at that moment.
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- What a decision may write; a rule that is deleted leaves its name to the evidence.
    decided text[] := ARRAY['status', 'moved', 'needs', 'rule_id', 'decided_at', 'decided_by_id',
                            'note', 'ended_at', 'failure', 'outcome', 'despite_stop'];
    policy transfers_transferpolicy := transfers_policy_of(OLD.event_id);
BEGIN
    IF TG_OP = 'DELETE' AND events_is_rehearsal(OLD.event_id) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Transfer % stays: it explains where units went.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stays';
    END IF;
    IF to_jsonb(NEW) - decided <> to_jsonb(OLD) - decided THEN
        RAISE EXCEPTION 'Transfer % stays what was asked for.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_keeps_its_request';
    END IF;
    IF OLD.ended_at IS NOT NULL AND to_jsonb(NEW) - 'rule_id' <> to_jsonb(OLD) - 'rule_id'
       AND NEW.status = OLD.status OR NEW.needs <> OLD.needs THEN
        RAISE EXCEPTION 'What became of transfer % stays as it is written.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_record_stays';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'REQUESTED' AND NEW.status IN
            ('APPROVED', 'EXECUTED', 'REJECTED', 'CANCELLED', 'LAPSED', 'FAILED')
        OR OLD.status = 'APPROVED' AND NEW.status IN ('EXECUTED', 'FAILED')
    ) THEN
        RAISE EXCEPTION 'Transfer % cannot go from % to %.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfers_transfer_status_moves';
    END IF;
    IF NEW.status = 'EXECUTED' AND OLD.status <> 'EXECUTED' THEN
        IF policy.id IS NULL THEN
            RAISE EXCEPTION 'No policy says whether transfer % needs an approval.', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_has_a_policy';
        END IF;
        -- Time has passed, or the policy is another: what counts is what is needed now as well.
        NEW.needs := ARRAY(
            SELECT DISTINCT unnest(OLD.needs || transfers_needs(
                NEW.event_id, NEW.source_id, NEW.target_id, NEW.moved, NEW.asking_channel_id,
                clock_timestamp(), NEW.id))
             ORDER BY 1);
        IF NEW.needs <> '{}' AND NEW.decided_by_id IS NULL THEN
            RAISE EXCEPTION 'Transfer % needs an approval: %.', OLD.id, NEW.needs
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_executed_with_approval';
        END IF;
        IF NEW.asking_channel_id IS DISTINCT FROM
               (SELECT channel_id FROM allocations_stock WHERE id = NEW.source_id)
           AND transfers_is_protected(NEW.event_id, NEW.source_id) THEN
            RAISE EXCEPTION 'Nothing is taken from a protected channel.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_never_from_protected';
        END IF;
        IF NOT NEW.despite_stop AND NOT transfers_row_can_sell(NEW.target_id, clock_timestamp()) THEN
            RAISE EXCEPTION 'Nothing is given to a channel that cannot sell it, unless it is meant.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_to_who_can_sell';
        END IF;
    END IF;
    RETURN NEW;
END $$;
