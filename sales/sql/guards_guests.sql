-- What must always be true of guest lists (docs/domain.md).

CREATE OR REPLACE TRIGGER sales_guest_guard BEFORE INSERT OR UPDATE OR DELETE ON sales_guest
    FOR EACH ROW EXECUTE FUNCTION sales_guest_guard();

CREATE OR REPLACE TRIGGER sales_guests_added AFTER INSERT ON sales_guest
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sales_guests_within_hold();
CREATE OR REPLACE TRIGGER sales_guests_changed AFTER UPDATE ON sales_guest
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sales_guests_within_hold();

CREATE OR REPLACE TRIGGER sales_hand_out_guard BEFORE UPDATE OR DELETE ON sales_handout
    FOR EACH ROW EXECUTE FUNCTION sales_hand_out_guard();
