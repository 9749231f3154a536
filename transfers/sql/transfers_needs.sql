-- Why units may not leave a row for another without an approval at a moment; empty: none is needed.
-- The names are those of transfers.enums.Need. asker: the channel whose partner asks, if one does.
-- of_transfer: the transfer that is judged, which does not count against itself.
--
-- An event that was moved away inside its window is judged by the start that it had as well, until that has passed
-- (MOVED_AWAY, where its own start is not near). Else it could be moved away, its units taken, and it be moved back.
--
-- "More units than may move" counts what leaves the row in 24 hours, together: what transfers,
-- plans and kills have taken, and what is asked for in this transaction and needs no approval by itself.
CREATE OR REPLACE FUNCTION transfers_needs(
    of_event bigint, source bigint, target bigint, units bigint, asker bigint, at timestamptz,
    of_transfer bigint
) RETURNS varchar[] LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN e.starts_at <= at + make_interval(hours => p.approval_hours)
             THEN 'NEAR_START'
             WHEN EXISTS (SELECT FROM transfers_formerstart f
                           WHERE f.event_id = e.id AND f.starts_at > at
                             AND f.starts_at <= f.left_at + make_interval(hours => p.approval_hours))
             THEN 'MOVED_AWAY' END,
        CASE WHEN p.approval_above IS NOT NULL AND units > 0 AND p.approval_above < units + (
            SELECT coalesce(sum(coalesce(t.moved, t.units)), 0) FROM transfers_transfer t
             WHERE t.source_id = source AND t.id IS DISTINCT FROM of_transfer
               AND (t.status = 'EXECUTED' AND t.ended_at > at - interval '24 hours'
                    OR t.status = 'APPROVED' OR t.status = 'REQUESTED' AND t.needs = '{}')
        ) + (
            SELECT coalesce(sum(m.delta_drawn - m.delta_quantity), 0) FROM allocations_movement m
             WHERE m.stock_id = source AND m.kind IN ('MOVE', 'PLAN', 'KILL')
               AND m.document_kind <> 'TRANSFER' AND m.at > at - interval '24 hours'
               AND m.delta_quantity < m.delta_drawn
        ) THEN 'ABOVE_UNITS' END,
        CASE WHEN EXISTS (
            SELECT FROM transfers_transferpolicy_always a
              JOIN allocations_stock s ON s.channel_id = a.saleschannel_id
             WHERE a.transferpolicy_id = p.id AND s.id IN (source, target)
        ) THEN 'NAMED_CHANNEL' END,
        CASE WHEN asker = (SELECT channel_id FROM allocations_stock WHERE id = target)
             THEN 'PARTNER_ASKS' END
    ]::varchar[], NULL)
      FROM events_event e CROSS JOIN LATERAL transfers_policy_of(e.id) p
     WHERE e.id = of_event
$$;
