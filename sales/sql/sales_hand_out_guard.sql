-- What was handed out to whom stays; once it is undone, that stays too.
CREATE OR REPLACE FUNCTION sales_hand_out_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.undone_at IS NOT NULL
       OR (NEW.line_id, NEW.guest_id, NEW.booking_id, NEW.tickets, NEW.at, NEW.user_id) IS DISTINCT FROM
          (OLD.line_id, OLD.guest_id, OLD.booking_id, OLD.tickets, OLD.at, OLD.user_id) THEN
        RAISE EXCEPTION 'Hand-out % stays as it was written; it is undone once.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hand_out_stays';
    END IF;
    RETURN NEW;
END $$;
