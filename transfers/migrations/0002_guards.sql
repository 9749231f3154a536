-- Who may move what without an approval, judged by the database itself (docs/transfers.md).

CREATE TRIGGER transfers_venue_policy AFTER INSERT ON events_venue
    FOR EACH ROW EXECUTE FUNCTION transfers_venue_policy();
INSERT INTO transfers_transferpolicy (venue_id) SELECT id FROM events_venue;

-- The policy that holds for an event: its own, else its venue's.
CREATE FUNCTION transfers_policy_of(of_event bigint) RETURNS transfers_transferpolicy
LANGUAGE sql STABLE AS $$
    SELECT p FROM transfers_transferpolicy p JOIN events_event e ON e.id = of_event
     WHERE p.event_id = e.id OR p.venue_id = e.venue_id
     ORDER BY p.event_id NULLS LAST LIMIT 1
$$;

-- Why a transfer needs an approval at a moment; empty: it needs none. The names are those of
-- transfers.enums.Need. asker: the channel whose partner asks, if one does.
CREATE FUNCTION transfers_needs(
    of_event bigint, source bigint, target bigint, units bigint, asker bigint, at timestamptz
) RETURNS varchar[] LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN e.starts_at <= at + make_interval(hours => p.approval_hours)
             THEN 'NEAR_START' END,
        CASE WHEN units > p.approval_above THEN 'ABOVE_UNITS' END,
        CASE WHEN EXISTS (
            SELECT FROM transfers_transferpolicy_always a
              JOIN allocations_stock s ON s.channel_id = a.saleschannel_id
             WHERE a.transferpolicy_id = p.id AND s.id IN (source, target)
        ) THEN 'NAMED_CHANNEL' END,
        CASE WHEN asker = (SELECT channel_id FROM allocations_stock WHERE id = target)
             THEN 'PARTNER_ASKS' END
    ]::varchar[], NULL)
      FROM events_event e CROSS JOIN LATERAL transfers_policy_of(e.id) p
     WHERE e.id = of_event
$$;

-- Whether nobody but the channel itself may take units from a stock row.
CREATE FUNCTION transfers_is_protected(of_event bigint, source bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM transfers_policy_of(of_event) p
          JOIN transfers_transferpolicy_protected c ON c.transferpolicy_id = p.id
          JOIN allocations_stock s ON s.channel_id = c.saleschannel_id
         WHERE s.id = source)
$$;

-- Whether a channel has something of a pool to sell, now or later.
CREATE FUNCTION transfers_can_sell(of_pool bigint, of_channel bigint, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM events_component c
          JOIN events_item i ON i.id = c.item_id
          JOIN allocations_listing o ON o.item_id = i.id AND o.channel_id = of_channel
          JOIN allocations_saleschannel k ON k.id = o.channel_id
         WHERE c.pool_id = of_pool
           AND o.is_on AND o.stop_reason = '' AND i.stop_reason = '' AND k.stop_reason = ''
           AND coalesce(o.sales_until, at) >= at AND coalesce(i.sales_until, at) >= at)
$$;

-- A transfer is born as a request (or as what a rule on trial would have asked), between two rows
-- that make up one pool; whether it needs an approval is not for the asker to say.
CREATE FUNCTION transfers_transfer_asked() RETURNS trigger LANGUAGE plpgsql AS $$
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
    NEW.needs := transfers_needs(
        NEW.event_id, NEW.source_id, NEW.target_id, NEW.units, NEW.asking_channel_id,
        clock_timestamp());
    NEW.four_eyes := policy.four_eyes;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_transfer_asked BEFORE INSERT ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_asked();

CREATE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- What a decision may write; a rule that is deleted leaves its name to the evidence.
    decided text[] := ARRAY['status', 'moved', 'needs', 'rule_id', 'decided_at', 'decided_by_id',
                            'note', 'ended_at', 'failure', 'outcome'];
    policy transfers_transferpolicy := transfers_policy_of(OLD.event_id);
BEGIN
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
                clock_timestamp()))
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
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE OR DELETE ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_moves();

-- Steps are a record.
CREATE FUNCTION transfers_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The steps of a transfer are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transferstep_append_only';
END $$;

CREATE TRIGGER transfers_step_stays BEFORE UPDATE OR DELETE ON transfers_transferstep
    FOR EACH ROW EXECUTE FUNCTION transfers_step_stays();

-- A rule's event is one of its venue; each change makes the next version.
CREATE FUNCTION transfers_rule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM events_event WHERE id = NEW.event_id AND venue_id = NEW.venue_id
    ) THEN
        RAISE EXCEPTION 'The event of a rule belongs to its venue.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transferrule_within_venue';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_rule_changed BEFORE INSERT OR UPDATE ON transfers_transferrule
    FOR EACH ROW EXECUTE FUNCTION transfers_rule_changed();

-- A transfer names its stock rows without foreign keys: at commit those would lock the rows once
-- more, out of the ledger's order. So what is named stays.
CREATE FUNCTION transfers_stock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM transfers_transfer WHERE OLD.id IN (source_id, target_id)) THEN
        RAISE EXCEPTION 'Stock row % is named by a transfer and cannot be deleted.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transferred_stock_stays';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER transfers_stock_stays BEFORE DELETE ON allocations_stock
    FOR EACH ROW EXECUTE FUNCTION transfers_stock_stays();
