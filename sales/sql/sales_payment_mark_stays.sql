-- Who said when and why that a booking was paid is never rewritten.
CREATE OR REPLACE FUNCTION sales_payment_mark_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Payment mark % stays as it was written; add another.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_mark_append_only';
END $$;
