-- Who may move what without an approval, judged by the database itself (docs/transfers.md), and what stays as it was
-- written. What each trigger decides stands in the file of its function.

-- A venue's policy is made by a service (begin_policies() in transfers/services.py).
DROP TRIGGER IF EXISTS transfers_venue_policy ON events_venue;
DROP FUNCTION IF EXISTS transfers_venue_policy;
DROP TRIGGER IF EXISTS transfers_venue_has_policy ON events_venue;
CREATE CONSTRAINT TRIGGER transfers_venue_has_policy AFTER INSERT ON events_venue
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transfers_venue_has_policy();

CREATE OR REPLACE TRIGGER transfers_transfer_asked BEFORE INSERT ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_asked();

CREATE OR REPLACE TRIGGER transfers_transfer_moves BEFORE UPDATE OR DELETE ON transfers_transfer
    FOR EACH ROW EXECUTE FUNCTION transfers_transfer_moves();

CREATE OR REPLACE TRIGGER transfers_step_stays BEFORE UPDATE OR DELETE ON transfers_transferstep
    FOR EACH ROW EXECUTE FUNCTION transfers_step_stays();

CREATE OR REPLACE TRIGGER transfers_rule_changed BEFORE INSERT OR UPDATE ON transfers_transferrule
    FOR EACH ROW EXECUTE FUNCTION transfers_rule_changed();

CREATE OR REPLACE TRIGGER transfers_stock_stays BEFORE DELETE ON allocations_stock
    FOR EACH ROW EXECUTE FUNCTION transfers_stock_stays();

CREATE OR REPLACE TRIGGER transfers_sign_off_stays BEFORE UPDATE OR DELETE ON transfers_workflowsignoff
    FOR EACH ROW EXECUTE FUNCTION transfers_sign_off_stays();

DROP TRIGGER IF EXISTS transfers_transfer_commit ON transfers_transfer;
CREATE CONSTRAINT TRIGGER transfers_transfer_commit AFTER INSERT OR UPDATE ON transfers_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('TRANSFER');

-- Sales never come here: what they change of a row's quantity counts as drawn.
CREATE OR REPLACE TRIGGER transfers_movement_judged AFTER INSERT ON allocations_movement
    FOR EACH ROW
    WHEN (NEW.kind IN ('MOVE', 'PLAN', 'RELEASE_BACK', 'KILL') AND NEW.delta_quantity < NEW.delta_drawn)
    EXECUTE FUNCTION transfers_movement_judged();

CREATE OR REPLACE TRIGGER transfers_terms_judged
    AFTER UPDATE OF draws_on_id, draws_from, draws_until, ceiling, releases_at ON allocations_stock
    FOR EACH ROW
    WHEN ((NEW.draws_on_id, NEW.draws_from, NEW.draws_until, NEW.ceiling, NEW.releases_at)
          IS DISTINCT FROM
          (OLD.draws_on_id, OLD.draws_from, OLD.draws_until, OLD.ceiling, OLD.releases_at))
    EXECUTE FUNCTION transfers_terms_judged();

CREATE OR REPLACE TRIGGER transfers_limit_judged AFTER UPDATE OF "limit" ON allocations_listing
    FOR EACH ROW WHEN (NEW."limit" < coalesce(OLD."limit", 2147483647))
    EXECUTE FUNCTION transfers_limit_judged();
CREATE OR REPLACE TRIGGER transfers_limit_judged AFTER UPDATE OF "limit" ON events_item
    FOR EACH ROW WHEN (NEW."limit" < coalesce(OLD."limit", 2147483647))
    EXECUTE FUNCTION transfers_limit_judged();

CREATE OR REPLACE TRIGGER transfers_changerequest_moves BEFORE INSERT OR UPDATE OR DELETE
    ON transfers_changerequest FOR EACH ROW EXECUTE FUNCTION transfers_changerequest_moves();

CREATE OR REPLACE TRIGGER transfers_date_judged AFTER UPDATE OF starts_at ON events_event
    FOR EACH ROW WHEN (NEW.starts_at <> OLD.starts_at AND OLD.status <> 'DRAFT')
    EXECUTE FUNCTION transfers_date_judged();
