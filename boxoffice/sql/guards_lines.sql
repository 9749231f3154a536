-- What must always be true of the tickets of payments, and of payments of what was sold offline.

CREATE OR REPLACE TRIGGER boxoffice_payment_lines AFTER INSERT ON boxoffice_payment
    FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL) EXECUTE FUNCTION boxoffice_payment_lines();

CREATE OR REPLACE TRIGGER boxoffice_payment_lines_later AFTER UPDATE OF booking_id ON boxoffice_payment
    FOR EACH ROW EXECUTE FUNCTION boxoffice_payment_lines();

CREATE OR REPLACE TRIGGER boxoffice_payment_line_stays BEFORE UPDATE OR DELETE ON boxoffice_paymentline
    FOR EACH ROW EXECUTE FUNCTION boxoffice_payment_line_stays();

-- At commit: the booking is written after its report.
DROP TRIGGER IF EXISTS boxoffice_booked_later ON offline_report;
CREATE CONSTRAINT TRIGGER boxoffice_booked_later AFTER UPDATE OF booking_id ON offline_report
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.booking_id IS NULL AND NEW.booking_id IS NOT NULL) EXECUTE FUNCTION boxoffice_booked_later();
