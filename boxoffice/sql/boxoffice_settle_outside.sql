-- Where a booking that was paid at a counter is refunded or changed by another door, the difference is noted, and no till moves.
CREATE OR REPLACE FUNCTION boxoffice_settle_outside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid numeric := (SELECT sum(amount) FROM boxoffice_payment WHERE booking_id = NEW.booking_id);
    worth numeric;
BEGIN
    IF paid IS NULL THEN
        RETURN NULL;
    END IF;
    worth := (SELECT coalesce(sum((quantity - refunded) * unit_price), 0) FROM sales_bookingline
               WHERE booking_id = NEW.booking_id);
    IF paid <> worth THEN
        INSERT INTO boxoffice_payment (booking_id, receipt, step, kind, amount, reference, reason, is_late, taken_at)
        VALUES (NEW.booking_id, '', CASE WHEN worth < paid THEN 'REFUND' ELSE 'CHANGE' END, 'OUTSIDE',
                worth - paid, '', '', false, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
