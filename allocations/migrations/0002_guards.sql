-- What must always be true of stock (docs/domain.md), held by the database itself.

-- A listing joins an item and a channel of one venue, and names the item's event.
CREATE FUNCTION allocations_listing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM events_item i
          JOIN events_event e ON e.id = i.event_id
          JOIN allocations_saleschannel c ON c.venue_id = e.venue_id
         WHERE i.id = NEW.item_id AND c.id = NEW.channel_id AND e.id = NEW.event_id
    ) THEN
        RAISE EXCEPTION 'The item, the channel and the event of a listing do not fit.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_within_venue';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER allocations_listing_within_venue
    BEFORE INSERT OR UPDATE OF item_id, channel_id, event_id ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION allocations_listing_guard();
-- What was sold under a listing counts against its limit: it stays with its item and channel.
CREATE TRIGGER allocations_listing_stays BEFORE UPDATE OF item_id, channel_id ON allocations_listing
    FOR EACH ROW WHEN ((NEW.item_id, NEW.channel_id) <> (OLD.item_id, OLD.channel_id))
    EXECUTE FUNCTION events_setup_moved('listing', 'item or channel');
CREATE TRIGGER allocations_listing_config AFTER INSERT OR UPDATE OR DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();

-- A channel's traits are part of the set-up of every event that it lists.
CREATE FUNCTION allocations_channel_config() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events_event SET config_version = config_version + 1
     WHERE id IN (SELECT e.id FROM events_event e
                   WHERE e.id IN (SELECT l.event_id FROM allocations_listing l
                                   WHERE l.channel_id = NEW.id)
                   ORDER BY e.id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;

CREATE TRIGGER allocations_saleschannel_config AFTER UPDATE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION allocations_channel_config();

-- Stock rows are born empty, never change owner, never go back in version, never vanish once used.
CREATE FUNCTION allocations_stock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF OLD.version > 0 THEN
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

CREATE TRIGGER allocations_stock_guard BEFORE INSERT OR UPDATE OR DELETE ON allocations_stock
    FOR EACH ROW EXECUTE FUNCTION allocations_stock_guard();

-- New rows and new drawing terms are set-up; counters are not.
CREATE TRIGGER allocations_stock_config
    AFTER INSERT OR DELETE OR UPDATE OF draws_on_id, draws_from, draws_until, ceiling, name
    ON allocations_stock FOR EACH ROW EXECUTE FUNCTION events_setup_changed();

-- Σ quantity of a pool's CHANNEL and OPEN rows = its capacity. Checked once a statement over the
-- rows it touched: a sale leaves every sum as it was and costs one small aggregate; only where a
-- sum has moved is the whole pool added up.
CREATE FUNCTION allocations_stock_conserved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT p.id, p.capacity, s.total INTO bad
      FROM (SELECT n.pool_id
              FROM new_rows n JOIN old_rows o ON o.id = n.id
             WHERE n.pool_id IS NOT NULL
             GROUP BY n.pool_id HAVING sum(n.quantity - o.quantity) <> 0) moved
      JOIN events_pool p ON p.id = moved.pool_id
      CROSS JOIN LATERAL (SELECT sum(quantity) AS total FROM allocations_stock
                           WHERE pool_id = p.id) s
     WHERE s.total <> p.capacity
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Pool % has a capacity of % but % units of stock.',
            bad.id, bad.capacity, bad.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_sums_to_capacity';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER allocations_stock_conserved AFTER UPDATE ON allocations_stock
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION allocations_stock_conserved();

-- The same law from the pool's side, at commit: the ledger's entry follows the capacity.
CREATE FUNCTION allocations_capacity_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stocked bigint;
    wanted bigint;
BEGIN
    SELECT capacity INTO wanted FROM events_pool WHERE id = NEW.id;
    SELECT coalesce(sum(quantity), 0) INTO stocked FROM allocations_stock WHERE pool_id = NEW.id;
    IF wanted IS NOT NULL AND stocked <> wanted THEN
        RAISE EXCEPTION 'Pool % has a capacity of % but % units of stock.', NEW.id, wanted, stocked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_sums_to_capacity';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER allocations_capacity_stocked
    AFTER INSERT OR UPDATE OF capacity ON events_pool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_capacity_stocked();

-- A limit and the counter that enforces it say the same number at commit; no limit, an empty row.
CREATE FUNCTION allocations_limit_stocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted integer;
    counted integer;
BEGIN
    IF TG_TABLE_NAME = 'events_item' THEN
        SELECT "limit" INTO wanted FROM events_item WHERE id = NEW.id;
        SELECT quantity INTO counted FROM allocations_stock WHERE item_id = NEW.id;
    ELSE
        SELECT "limit" INTO wanted FROM allocations_listing WHERE id = NEW.id;
        SELECT quantity INTO counted FROM allocations_stock WHERE listing_id = NEW.id;
    END IF;
    IF coalesce(wanted, 0) <> coalesce(counted, 0) THEN
        RAISE EXCEPTION 'The limit of % % is % but its counter allows %.',
            TG_TABLE_NAME, NEW.id, wanted, counted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'limit_has_its_counter';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER allocations_item_limit_stocked
    AFTER INSERT OR UPDATE OF "limit" ON events_item
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_limit_stocked();
CREATE CONSTRAINT TRIGGER allocations_listing_limit_stocked
    AFTER INSERT OR UPDATE OF "limit" ON allocations_listing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_limit_stocked();

-- Movements are append-only.
CREATE FUNCTION allocations_movement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Movements are never changed and never deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_append_only';
END $$;

CREATE TRIGGER allocations_movement_append_only BEFORE UPDATE OR DELETE ON allocations_movement
    FOR EACH STATEMENT EXECUTE FUNCTION allocations_movement_stays();

-- Counters change in place: room on the page keeps those updates heap-only.
ALTER TABLE allocations_stock SET (fillfactor = 50);
