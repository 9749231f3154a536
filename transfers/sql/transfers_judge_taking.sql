-- Refuses that a stock row loses units, or their use, by another door than a transfer, where a transfer
-- would need an approval (docs/adr on the approval window). of_transfer: the transfer that takes them, if one does.
-- Before an event is first put on sale its stock is divided freely; when it is over nothing is left to take, unless
-- a start that it was moved away from still lies ahead. What passes meanwhile without an approval is noted: another
-- date may come to need one for it (transfers_date_judged).
CREATE OR REPLACE FUNCTION transfers_judge_taking(
    of_stock bigint, units bigint, of_transfer bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    needs varchar[];
    policy transfers_transferpolicy;
    why text;
BEGIN
    SELECT s.event_id, s.pool_id, coalesce(p.name, '') AS pool,
           coalesce(c.name, nullif(s.name, ''), 'The open stock') AS who
      INTO taken
      FROM allocations_stock s
      LEFT JOIN events_pool p ON p.id = s.pool_id
      LEFT JOIN allocations_saleschannel c ON c.id = s.channel_id
     WHERE s.id = of_stock;
    IF transfers_is_divided_freely(taken.event_id) THEN
        RETURN;
    END IF;
    -- Who asks for a transfer is known to the transfer's own trigger.
    IF of_transfer IS NULL AND transfers_is_protected(taken.event_id, of_stock) THEN
        RAISE EXCEPTION '% is protected: only its partner may offer units of it.', taken.who
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_never_from_protected';
    END IF;
    needs := transfers_needs(
        taken.event_id, of_stock, of_stock, units, NULL, clock_timestamp(), of_transfer);
    IF EXISTS (SELECT FROM transfers_transfer
                WHERE id = of_transfer AND status = 'APPROVED' AND decided_by_id IS NOT NULL)
       OR transfers_is_approved(taken.event_id) THEN
        RETURN;
    END IF;
    IF needs = '{}' THEN
        INSERT INTO transfers_unapprovedtaking (event_id, stock_id, units, at)
        VALUES (taken.event_id, of_stock, units, clock_timestamp());
        RETURN;
    END IF;
    policy := transfers_policy_of(taken.event_id);
    why := CASE needs[1]
        WHEN 'NEAR_START' THEN format('the event starts in less than %s hours', policy.approval_hours)
        WHEN 'MOVED_AWAY' THEN format(
            'the event was moved away less than %s hours before a start that has not passed yet',
            policy.approval_hours)
        WHEN 'ABOVE_UNITS' THEN format('more than %s units would leave it within 24 hours', policy.approval_above)
        ELSE 'whatever moves to or from it needs an approval' END;
    RAISE EXCEPTION '%', CASE WHEN units > 0
            THEN format('%s would lose %s of %s, and %s', taken.who, units, taken.pool, why)
            ELSE format('%s could sell less of %s than now, and %s', taken.who, taken.pool, why) END
        USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_taken_with_approval',
              DETAIL = array_to_string(needs, ',');
END $$;
