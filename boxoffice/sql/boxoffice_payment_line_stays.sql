-- Which tickets a payment was of is never rewritten.
CREATE OR REPLACE FUNCTION boxoffice_payment_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Line % of a payment stays as it was written.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_line_append_only';
END $$;
