-- What must always be true of bookings, and of what they name (docs/domain.md). What each trigger decides stands in the
-- file of its function.

CREATE OR REPLACE TRIGGER sales_booking_guard BEFORE UPDATE OR DELETE ON sales_booking
    FOR EACH ROW EXECUTE FUNCTION sales_booking_guard();

CREATE OR REPLACE TRIGGER sales_line_guard BEFORE UPDATE OF booking_id, item_id, listing_id, number
    ON sales_bookingline FOR EACH ROW
    WHEN ((NEW.booking_id, NEW.item_id, NEW.listing_id, NEW.number)
          IS DISTINCT FROM (OLD.booking_id, OLD.item_id, OLD.listing_id, OLD.number))
    EXECUTE FUNCTION sales_line_guard();

CREATE OR REPLACE TRIGGER sales_component_frozen BEFORE INSERT OR DELETE OR UPDATE ON events_component
    FOR EACH ROW EXECUTE FUNCTION sales_component_frozen();

CREATE OR REPLACE TRIGGER sales_booked_event_stays BEFORE DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_booking', 'event_id');
CREATE OR REPLACE TRIGGER sales_booked_channel_stays BEFORE DELETE ON allocations_saleschannel
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_booking', 'channel_id');
CREATE OR REPLACE TRIGGER sales_booked_item_stays BEFORE DELETE ON events_item
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_bookingline', 'item_id');
CREATE OR REPLACE TRIGGER sales_booked_listing_stays BEFORE DELETE ON allocations_listing
    FOR EACH ROW EXECUTE FUNCTION sales_booked_stays('sales_bookingline', 'listing_id');

CREATE OR REPLACE TRIGGER sales_payment_mark_stays BEFORE UPDATE OR DELETE ON sales_paymentmark
    FOR EACH ROW EXECUTE FUNCTION sales_payment_mark_stays();
