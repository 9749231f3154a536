-- Whether a row may get terms, without an approval, with which it could sell less than with those of before.
CREATE OR REPLACE FUNCTION transfers_terms_judged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT transfers_sells_less(OLD, NEW, clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    -- At its time a row gives back, and draws no more.
    IF EXISTS (SELECT FROM allocations_movement
                WHERE stock_id = NEW.id AND version = NEW.version AND kind = 'RELEASE_BACK') THEN
        RETURN NULL;
    END IF;
    PERFORM transfers_judge_taking(NEW.id, 0, NULL);
    RETURN NULL;
END $$;
