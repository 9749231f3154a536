-- Whether nobody but the channel itself may take units from a stock row. The same in Python: is_protected() in
-- transfers/policy.py.
CREATE OR REPLACE FUNCTION transfers_is_protected(of_event bigint, source bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM transfers_policy_of(of_event) p
          JOIN transfers_transferpolicy_protected c ON c.transferpolicy_id = p.id
          JOIN allocations_stock s ON s.channel_id = c.saleschannel_id
         WHERE s.id = source)
$$;
