-- How many of the unsold units of each stock row are its safety buffer: nobody takes them by a rule, a forecast or a
-- release (docs/offline.md). A person and the row's own partner may.
CREATE OR REPLACE FUNCTION allocations_buffers(events bigint[]) RETURNS TABLE (stock_id bigint, units integer)
LANGUAGE sql STABLE AS $$
    SELECT s.id, least(b.units, s.quantity - s.held - s.sold)
      FROM allocations_stock s JOIN allocations_safetybuffer b ON b.stock_id = s.id
     WHERE s.event_id = ANY (events) AND b.units > 0 AND s.quantity > s.held + s.sold
$$;
