-- What changes of a sale is noted for the sums of its day. A sale itself, and a hold that is confirmed, note nothing. Whatever
-- changes a booking that was sold, writes its row, also where it adds a line.

CREATE OR REPLACE TRIGGER sales_day_changed AFTER UPDATE OF status, confirmed_at, updated_at ON sales_booking
    FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION sales_day_changed();

CREATE OR REPLACE TRIGGER sales_day_line_changed AFTER UPDATE OF quantity, refunded, unit_price ON sales_bookingline
    FOR EACH ROW
    WHEN ((OLD.quantity, OLD.refunded, OLD.unit_price) IS DISTINCT FROM (NEW.quantity, NEW.refunded, NEW.unit_price))
    EXECUTE FUNCTION sales_day_line_changed();
