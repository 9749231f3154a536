-- Whether a movement may take units from a row: by a transfer, a plan, out of sale, or because the row has a time of release.
-- Beside plans and release-back (allocations/ledger.py, arrange) the row still has its terms of before.
CREATE OR REPLACE FUNCTION transfers_movement_judged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken allocations_stock;
BEGIN
    SELECT * INTO taken FROM allocations_stock WHERE id = NEW.stock_id;
    IF NEW.kind = 'RELEASE_BACK' THEN
        IF taken.releases_at IS NULL THEN
            RAISE EXCEPTION 'Nothing says that unsold units of stock row % go back.', NEW.stock_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_released_as_planned';
        END IF;
        RETURN NULL;
    END IF;
    IF NOT transfers_is_taken_from_somebody(taken) THEN
        RETURN NULL;
    END IF;
    PERFORM transfers_judge_taking(
        NEW.stock_id, NEW.delta_drawn - NEW.delta_quantity,
        CASE WHEN NEW.document_kind = 'TRANSFER' THEN NEW.document_id END);
    RETURN NULL;
END $$;
