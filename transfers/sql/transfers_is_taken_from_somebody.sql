-- Whether units that leave a row are taken from somebody: open stock from those who draw on it.
CREATE OR REPLACE FUNCTION transfers_is_taken_from_somebody(of_stock allocations_stock) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT of_stock.kind <> 'OPEN' OR EXISTS (
        SELECT FROM allocations_stock s
         WHERE s.draws_on_id = of_stock.id AND coalesce(s.draws_until, 'infinity') > clock_timestamp())
$$;
