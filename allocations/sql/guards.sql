-- What must always be true of stock, listings, plans and stops (docs/domain.md), held by the database itself. What each
-- trigger decides stands in the file of its function.

CREATE OR REPLACE TRIGGER allocations_listing_within_venue
    BEFORE INSERT OR UPDATE OF item_id, channel_id, event_id ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION allocations_listing_guard();

-- What was sold under a listing counts against its limit: it stays with its item and channel.
CREATE OR REPLACE TRIGGER allocations_listing_stays BEFORE UPDATE OF item_id, channel_id ON allocations_listing
    FOR EACH ROW WHEN ((NEW.item_id, NEW.channel_id) <> (OLD.item_id, OLD.channel_id))
    EXECUTE FUNCTION events_setup_moved('listing', 'item or channel');
CREATE OR REPLACE TRIGGER allocations_listing_config AFTER INSERT OR UPDATE OR DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION events_setup_changed();

CREATE OR REPLACE TRIGGER allocations_saleschannel_config AFTER UPDATE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION allocations_channel_config();

CREATE OR REPLACE TRIGGER allocations_stock_guard BEFORE INSERT OR UPDATE OR DELETE ON allocations_stock
    FOR EACH ROW EXECUTE FUNCTION allocations_stock_guard();

-- New rows and new drawing terms are set-up; counters are not.
CREATE OR REPLACE TRIGGER allocations_stock_config
    AFTER INSERT OR DELETE OR UPDATE OF draws_on_id, draws_from, draws_until, ceiling, name
    ON allocations_stock FOR EACH ROW EXECUTE FUNCTION events_setup_changed();

CREATE OR REPLACE TRIGGER allocations_stock_conserved AFTER UPDATE ON allocations_stock
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION allocations_stock_conserved();

DROP TRIGGER IF EXISTS allocations_capacity_stocked ON events_pool;
CREATE CONSTRAINT TRIGGER allocations_capacity_stocked
    AFTER INSERT OR UPDATE OF capacity ON events_pool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_capacity_stocked();

DROP TRIGGER IF EXISTS allocations_item_limit_stocked ON events_item;
CREATE CONSTRAINT TRIGGER allocations_item_limit_stocked
    AFTER INSERT OR UPDATE OF "limit" ON events_item
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_limit_stocked();
DROP TRIGGER IF EXISTS allocations_listing_limit_stocked ON allocations_listing;
CREATE CONSTRAINT TRIGGER allocations_listing_limit_stocked
    AFTER INSERT OR UPDATE OF "limit" ON allocations_listing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocations_limit_stocked();

CREATE OR REPLACE TRIGGER allocations_movement_append_only BEFORE UPDATE ON allocations_movement
    FOR EACH STATEMENT EXECUTE FUNCTION allocations_movement_stays();
CREATE OR REPLACE TRIGGER allocations_movement_stays BEFORE DELETE ON allocations_movement
    FOR EACH ROW EXECUTE FUNCTION allocations_movement_stays();

-- Counters change in place: room on the page keeps those updates heap-only.
ALTER TABLE allocations_stock SET (fillfactor = 50);

-- What a channel holds and has sold belongs to its venue.
CREATE OR REPLACE TRIGGER channel_keeps_its_venue BEFORE UPDATE OF venue_id ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.venue_id <> OLD.venue_id)
    EXECUTE FUNCTION events_setup_moved('channel', 'venue');

CREATE OR REPLACE TRIGGER allocations_currency_stays AFTER UPDATE OF currency ON events_venue
    FOR EACH ROW WHEN (NEW.currency <> OLD.currency) EXECUTE FUNCTION allocations_currency_stays();

CREATE OR REPLACE TRIGGER allocations_plan_stays BEFORE UPDATE OR DELETE ON allocations_allocationplan
    FOR EACH ROW EXECUTE FUNCTION allocations_plan_stays();

CREATE OR REPLACE TRIGGER allocations_planline_guard BEFORE INSERT OR UPDATE OR DELETE
    ON allocations_planline FOR EACH ROW EXECUTE FUNCTION allocations_plan_part_guard();
CREATE OR REPLACE TRIGGER allocations_plangroup_guard BEFORE INSERT OR UPDATE OR DELETE
    ON allocations_plangroup FOR EACH ROW EXECUTE FUNCTION allocations_plan_part_guard();

-- A number that is never given twice: a stop that was lifted and set again is another one.
CREATE SEQUENCE IF NOT EXISTS allocations_stop_number;

CREATE OR REPLACE TRIGGER events_event_stop_begins AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('EVENT');
CREATE OR REPLACE TRIGGER events_event_stop_changes AFTER UPDATE OF stop_reason ON events_event
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('EVENT');
CREATE OR REPLACE TRIGGER events_event_stop_goes AFTER DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('EVENT');

CREATE OR REPLACE TRIGGER events_item_stop_begins AFTER INSERT ON events_item
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('ITEM');
CREATE OR REPLACE TRIGGER events_item_stop_changes AFTER UPDATE OF stop_reason ON events_item
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('ITEM');
CREATE OR REPLACE TRIGGER events_item_stop_goes AFTER DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('ITEM');

CREATE OR REPLACE TRIGGER allocations_listing_stop_begins AFTER INSERT ON allocations_listing
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('LISTING');
CREATE OR REPLACE TRIGGER allocations_listing_stop_changes AFTER UPDATE OF stop_reason ON allocations_listing
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('LISTING');
CREATE OR REPLACE TRIGGER allocations_listing_stop_goes AFTER DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('LISTING');

CREATE OR REPLACE TRIGGER allocations_saleschannel_stop_begins AFTER INSERT ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.stop_reason <> '') EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
CREATE OR REPLACE TRIGGER allocations_saleschannel_stop_changes
    AFTER UPDATE OF stop_reason ON allocations_saleschannel
    FOR EACH ROW WHEN (NEW.stop_reason <> OLD.stop_reason)
    EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
CREATE OR REPLACE TRIGGER allocations_saleschannel_stop_goes AFTER DELETE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION allocations_stop_follows('CHANNEL');
