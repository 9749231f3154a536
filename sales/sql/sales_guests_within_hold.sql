-- What guests of a hold are still to be given is never more than the hold has left. Asked after each statement that
-- writes guests, with the hold locked by whoever writes them (sales/guests/lists.py).
CREATE OR REPLACE FUNCTION sales_guests_within_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    over record;
BEGIN
    SELECT l.id, l.quantity - l.sold - l.handed_back AS has_left, sum(g.tickets - g.handed_out) AS promised INTO over
      FROM sales_blockline l
      JOIN sales_block b ON b.id = l.block_id AND b.status = 'ACTIVE'
      JOIN sales_guest g ON g.line_id = l.id
     WHERE l.id IN (SELECT line_id FROM written)
     GROUP BY l.id HAVING sum(g.tickets - g.handed_out) > l.quantity - l.sold - l.handed_back
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Line % of a hold has % tickets left, and % are promised to guests.',
            over.id, over.has_left, over.promised
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guests_within_hold';
    END IF;
    RETURN NULL;
END $$;
