-- A payment is never rewritten: what was wrong is given back by another one.
CREATE OR REPLACE FUNCTION boxoffice_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Payment % stays as it was written; add another.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_append_only';
END $$;
