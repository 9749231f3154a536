-- What a counter is paid with decides when its booking is due. What other doors change moves no due date.

CREATE OR REPLACE TRIGGER boxoffice_due_date AFTER INSERT ON boxoffice_payment
    FOR EACH ROW WHEN (NEW.booking_id IS NOT NULL AND NEW.kind <> 'OUTSIDE') EXECUTE FUNCTION boxoffice_due_date();

CREATE OR REPLACE TRIGGER boxoffice_due_date_later AFTER UPDATE OF booking_id ON boxoffice_payment
    FOR EACH ROW EXECUTE FUNCTION boxoffice_due_date();
