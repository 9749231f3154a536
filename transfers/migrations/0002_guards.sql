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

-- Whether nobody but the channel itself may take units from a stock row.
CREATE FUNCTION transfers_is_protected(of_event bigint, source bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM transfers_policy_of(of_event) p
          JOIN transfers_transferpolicy_protected c ON c.transferpolicy_id = p.id
          JOIN allocations_stock s ON s.channel_id = c.saleschannel_id
         WHERE s.id = source)
$$;

CREATE TRIGGER transfers_transfer_asked BEFORE INSERT ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_asked();

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
