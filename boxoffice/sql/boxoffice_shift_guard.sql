-- A till stays, with whose it is and what it began with; once it is closed it keeps what was counted. Its note may change.
CREATE OR REPLACE FUNCTION boxoffice_shift_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Till % stays: what was taken is never deleted.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shift_stays';
    END IF;
    IF (NEW.channel_id, NEW.opened_by_id, NEW.opened_at, NEW.opening_float, NEW.currency) IS DISTINCT FROM
       (OLD.channel_id, OLD.opened_by_id, OLD.opened_at, OLD.opening_float, OLD.currency)
       OR NEW.receipts < OLD.receipts THEN
        RAISE EXCEPTION 'Till % keeps its counter, its person, its float and its receipts.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shift_keeps_its_beginning';
    END IF;
    IF OLD.closed_at IS NOT NULL AND
       (NEW.closed_at, NEW.closed_by_id, NEW.counted, NEW.counted_pieces, NEW.receipts) IS DISTINCT FROM
       (OLD.closed_at, OLD.closed_by_id, OLD.counted, OLD.counted_pieces, OLD.receipts) THEN
        RAISE EXCEPTION 'Till % is closed, and stays as it was counted.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shift_stays_closed';
    END IF;
    RETURN NEW;
END $$;
