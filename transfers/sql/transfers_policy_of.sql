-- The policy that holds for an event: its own, else its venue's. The same in Python: policy_of() in
-- transfers/policy.py.
CREATE OR REPLACE FUNCTION transfers_policy_of(of_event bigint) RETURNS transfers_transferpolicy
LANGUAGE sql STABLE AS $$
    -- Its columns, and not the row: a preview reads it from a view (common/as_if.py).
    SELECT p.* FROM transfers_transferpolicy p JOIN events_event e ON e.id = of_event
     WHERE p.event_id = e.id OR p.venue_id = e.venue_id
     ORDER BY p.event_id NULLS LAST LIMIT 1
$$;
