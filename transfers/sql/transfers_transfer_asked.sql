-- A transfer is born as a request (or as what a rule on trial would have asked), between two rows
-- that make up one pool; whether it needs an approval is not for the asker to say.
CREATE OR REPLACE FUNCTION transfers_transfer_asked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    policy transfers_transferpolicy := transfers_policy_of(NEW.event_id);
BEGIN
    IF policy.id IS NULL THEN
        RAISE EXCEPTION 'No policy says whether transfers of event % need an approval.', NEW.event_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_has_a_policy';
    END IF;
    IF NEW.status NOT IN ('REQUESTED', 'TRIAL') THEN
        RAISE EXCEPTION 'A transfer begins as a request, not as %.', NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_begins_as_a_request';
    END IF;
    IF 2 <> (SELECT count(*) FROM allocations_stock
              WHERE id IN (NEW.source_id, NEW.target_id) AND kind IN ('CHANNEL', 'OPEN')
                AND pool_id = NEW.pool_id AND event_id = NEW.event_id) THEN
        RAISE EXCEPTION 'Units move between two stock rows of one pool.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_within_a_pool';
    END IF;
    IF NEW.origin = 'PARTNER' THEN
        PERFORM transfers_require_partner_request(NEW);
    ELSIF NEW.origin = 'RULE' THEN
        -- Who wrote the rule as it is answers for what it asks, and does not approve it.
        NEW.answerable_id := (
            SELECT h.history_user_id FROM transfers_historicaltransferrule h
             WHERE h.id = NEW.rule_id ORDER BY h.history_id DESC LIMIT 1);
    ELSIF NEW.origin = 'DYNAMIC' THEN
        NEW.answerable_id := (
            SELECT applied_by_id FROM allocations_allocationplan
             WHERE pool_id = NEW.pool_id AND status = 'IN_FORCE');
    END IF;
    NEW.needs := transfers_needs(
        NEW.event_id, NEW.source_id, NEW.target_id, NEW.units, NEW.asking_channel_id,
        clock_timestamp(), NULL);
    NEW.four_eyes := policy.four_eyes;
    RETURN NEW;
END $$;
