-- Whether a row may get terms, without an approval, with which it could sell less than with those of before.
CREATE OR REPLACE FUNCTION transfers_terms_judged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    clock timestamptz := clock_timestamp();
    draws boolean := OLD.draws_on_id IS NOT NULL AND coalesce(OLD.draws_until, 'infinity') > clock;
BEGIN
    IF NOT (
        coalesce(NEW.releases_at, 'infinity') < coalesce(OLD.releases_at, 'infinity')
        OR draws AND (
            NEW.draws_on_id IS DISTINCT FROM OLD.draws_on_id
            OR coalesce(NEW.draws_until, 'infinity') < coalesce(OLD.draws_until, 'infinity')
            OR greatest(NEW.draws_from, clock) > greatest(OLD.draws_from, clock)
            OR coalesce(NEW.ceiling, 2147483647) < coalesce(OLD.ceiling, 2147483647))
    ) THEN
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
