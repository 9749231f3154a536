-- A stock row that a transfer names stays. The transfer names it without a foreign key, which at commit would lock the
-- row once more, out of the ledger's order.
CREATE OR REPLACE FUNCTION transfers_stock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM transfers_transfer WHERE OLD.id IN (source_id, target_id)) THEN
        RAISE EXCEPTION 'Stock row % is named by a transfer and cannot be deleted.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transferred_stock_stays';
    END IF;
    RETURN OLD;
END $$;
