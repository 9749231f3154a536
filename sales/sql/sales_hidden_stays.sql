-- A channel stays hidden while tickets of it are held under a name: those of any other are for sale.
CREATE OR REPLACE FUNCTION sales_hidden_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sales_block WHERE channel_id = NEW.id AND kind = 'NAMED' AND status = 'ACTIVE') THEN
        RAISE EXCEPTION '% has named holds, and stays hidden until they have ended.', NEW.name
            USING ERRCODE = 'check_violation', CONSTRAINT = 'channel_hidden_while_it_has_holds';
    END IF;
    RETURN NEW;
END $$;
