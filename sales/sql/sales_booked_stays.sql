-- What a booking names without a foreign key is not deleted from under it.
CREATE OR REPLACE FUNCTION sales_booked_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked boolean;
BEGIN
    -- A sale under the listing may have its stock, and commit in a moment; wait for it, then look.
    IF TG_TABLE_NAME = 'allocations_listing' THEN
        PERFORM FROM allocations_stock s JOIN events_component c ON c.pool_id = s.pool_id
          WHERE c.item_id = OLD.item_id AND s.channel_id = OLD.channel_id
          ORDER BY s.id FOR UPDATE OF s;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1])
       INTO booked USING OLD.id;
    IF booked THEN
        RAISE EXCEPTION '% % is named by a booking and cannot be deleted.', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booked_stays';
    END IF;
    RETURN OLD;
END $$;
