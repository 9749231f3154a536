-- Stock rows are born empty, never change owner, never go back in version, never vanish once used.
CREATE OR REPLACE FUNCTION allocations_stock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.quantity, NEW.held, NEW.sold, NEW.drawn, NEW.version) <> (0, 0, 0, 0, 0) THEN
            RAISE EXCEPTION 'A stock row starts empty; its first units come through the ledger.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_starts_empty';
        END IF;
        IF NEW.event_id IS DISTINCT FROM coalesce(
            (SELECT event_id FROM events_pool WHERE id = NEW.pool_id),
            (SELECT event_id FROM events_item WHERE id = NEW.item_id),
            (SELECT event_id FROM allocations_listing WHERE id = NEW.listing_id)
        ) OR NEW.channel_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM events_event e
              JOIN allocations_saleschannel c ON c.venue_id = e.venue_id
             WHERE e.id = NEW.event_id AND c.id = NEW.channel_id
        ) THEN
            RAISE EXCEPTION 'The owner of a stock row belongs to another event or venue.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_within_event';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.version > 0 AND NOT events_is_rehearsal(OLD.event_id) THEN
            RAISE EXCEPTION 'Stock row % has movements and cannot be deleted.', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_with_movements_stays';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.event_id, NEW.kind, NEW.pool_id, NEW.channel_id, NEW.listing_id, NEW.item_id)
       IS DISTINCT FROM
       (OLD.id, OLD.event_id, OLD.kind, OLD.pool_id, OLD.channel_id, OLD.listing_id, OLD.item_id)
    THEN
        RAISE EXCEPTION 'Stock row % cannot change its owner.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_keeps_its_owner';
    END IF;
    -- Whoever writes without raising the version is not the ledger: a save() of stale values.
    IF NEW.version <= OLD.version
       AND (NEW.quantity, NEW.held, NEW.sold, NEW.drawn, NEW.version)
           IS DISTINCT FROM (OLD.quantity, OLD.held, OLD.sold, OLD.drawn, OLD.version)
    THEN
        RAISE EXCEPTION 'Stock row % changes through the ledger alone.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_through_ledger_alone';
    END IF;
    RETURN NEW;
END $$;
