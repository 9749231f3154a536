-- What must always be true of tills and payments (docs/shifts.md). What each trigger decides stands in the file of its function.

CREATE OR REPLACE TRIGGER boxoffice_shift_guard BEFORE UPDATE OR DELETE ON boxoffice_shift
    FOR EACH ROW EXECUTE FUNCTION boxoffice_shift_guard();

CREATE OR REPLACE TRIGGER boxoffice_payment_stays BEFORE UPDATE OR DELETE ON boxoffice_payment
    FOR EACH ROW EXECUTE FUNCTION boxoffice_payment_stays();

CREATE OR REPLACE TRIGGER boxoffice_payment_guard BEFORE INSERT ON boxoffice_payment
    FOR EACH ROW WHEN (NEW.shift_id IS NOT NULL) EXECUTE FUNCTION boxoffice_payment_guard();

-- At commit: a counter's own change notes its payment by then. The first line of a booking is inserted with the booking,
-- which nobody has paid yet; only an amendment adds lines to one that somebody has.
DROP TRIGGER IF EXISTS boxoffice_settle_added ON sales_bookingline;
CREATE CONSTRAINT TRIGGER boxoffice_settle_added AFTER INSERT ON sales_bookingline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.number > 1) EXECUTE FUNCTION boxoffice_settle_outside();

DROP TRIGGER IF EXISTS boxoffice_settle_changed ON sales_bookingline;
CREATE CONSTRAINT TRIGGER boxoffice_settle_changed AFTER UPDATE OF quantity, refunded, unit_price ON sales_bookingline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.quantity, NEW.refunded, NEW.unit_price) IS DISTINCT FROM (OLD.quantity, OLD.refunded, OLD.unit_price))
    EXECUTE FUNCTION boxoffice_settle_outside();
