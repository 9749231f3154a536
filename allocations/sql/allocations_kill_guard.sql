-- What was taken out of sale stays as it was written, of a row of its pool; of it more may be put back, and never less.
CREATE OR REPLACE FUNCTION allocations_kill_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM allocations_stock
                        WHERE id = NEW.source_id AND pool_id = NEW.pool_id AND kind IN ('CHANNEL', 'OPEN')) THEN
            RAISE EXCEPTION 'Units are taken out of sale from a row of their pool.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'kill_within_pool';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.put_back < OLD.put_back
       OR (NEW.pool_id, NEW.source_id, NEW.units, NEW.reason, NEW.at, NEW.user_id) IS DISTINCT FROM
          (OLD.pool_id, OLD.source_id, OLD.units, OLD.reason, OLD.at, OLD.user_id) THEN
        RAISE EXCEPTION 'What was taken out of sale (%) stays as it was written.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'kill_stays';
    END IF;
    RETURN NEW;
END $$;
