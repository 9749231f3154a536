-- A transfer names its stock rows without foreign keys: at commit those would lock the rows once
-- more, out of the ledger's order. So what is named stays.
CREATE OR REPLACE FUNCTION transfers_stock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM transfers_transfer WHERE OLD.id IN (source_id, target_id)) THEN
        RAISE EXCEPTION 'Stock row % is named by a transfer and cannot be deleted.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transferred_stock_stays';
    END IF;
    RETURN OLD;
END $$;
