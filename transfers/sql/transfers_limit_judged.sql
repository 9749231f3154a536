-- Whether a limit may be lower than before, or new, without an approval: whoever sells under it could sell less.
CREATE OR REPLACE FUNCTION transfers_limit_judged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seller bigint;
BEGIN
    FOR seller IN
        SELECT DISTINCT s.id
          FROM allocations_listing l
          JOIN events_component c ON c.item_id = l.item_id
          JOIN allocations_stock s ON s.pool_id = c.pool_id AND s.channel_id = l.channel_id
         WHERE CASE TG_TABLE_NAME WHEN 'allocations_listing' THEN l.id = NEW.id
                                  ELSE l.item_id = NEW.id END
    LOOP
        PERFORM transfers_judge_taking(seller, 0, NULL);
    END LOOP;
    RETURN NULL;
END $$;
