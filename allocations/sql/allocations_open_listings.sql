-- Listings under which a sale may start at a moment, if there is enough stock. The twin for one sale: sales/rules.py.
CREATE OR REPLACE FUNCTION allocations_open_listings(events bigint[], at timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    SELECT listing_id FROM allocations_listing_windows(events)
     WHERE opens_at <= at AND closes_at > at AND is_on_sale AND stopped_by = '{}' AND has_parts
$$;
