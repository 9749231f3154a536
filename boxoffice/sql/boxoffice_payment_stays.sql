-- A payment is never rewritten: what was wrong is given back by another one. One of a sale that was made offline gets its booking
-- once there is one.
CREATE OR REPLACE FUNCTION boxoffice_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.booking_id IS NULL AND NEW.booking_id IS NOT NULL
       AND to_jsonb(NEW) - 'booking_id' = to_jsonb(OLD) - 'booking_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Payment % stays as it was written; add another.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_append_only';
END $$;
