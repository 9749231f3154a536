-- Whether a row could sell less with its terms of after than with those of before.
CREATE OR REPLACE FUNCTION transfers_sells_less(before allocations_stock, after allocations_stock, at timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(after.releases_at, 'infinity') < coalesce(before.releases_at, 'infinity')
           OR before.draws_on_id IS NOT NULL AND coalesce(before.draws_until, 'infinity') > at AND (
               after.draws_on_id IS DISTINCT FROM before.draws_on_id
               OR coalesce(after.draws_until, 'infinity') < coalesce(before.draws_until, 'infinity')
               OR greatest(after.draws_from, at) > greatest(before.draws_from, at)
               OR coalesce(after.ceiling, 2147483647) < coalesce(before.ceiling, 2147483647))
$$;
