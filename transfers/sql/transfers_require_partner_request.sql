-- What a partner may ask for, whoever writes it down (transfers/bounds.py says it in words).
-- Two requests of one channel at once: the second waits here, and then sees the first.
CREATE OR REPLACE FUNCTION transfers_require_partner_request(asked transfers_transfer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    is_more boolean := asked.asking_channel_id IS NOT DISTINCT FROM
        (SELECT channel_id FROM allocations_stock WHERE id = asked.target_id);
    most bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('transfers of a partner'), asked.asking_channel_id::integer);
    IF asked.requested_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'A person is not recorded as a partner.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_partner_is_no_person';
    END IF;
    SELECT CASE WHEN is_more THEN p.capacity - s.quantity ELSE s.quantity END INTO most
      FROM events_pool p
      JOIN allocations_stock s
        ON s.id = CASE WHEN is_more THEN asked.target_id ELSE asked.source_id END
     WHERE p.id = asked.pool_id;
    IF asked.units > most THEN
        RAISE EXCEPTION 'A partner asks for % units of pool %, of which % could be given.',
            asked.units, asked.pool_id, most
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_within_capacity';
    END IF;
    IF EXISTS (
        SELECT FROM transfers_transfer t
         WHERE t.asking_channel_id = asked.asking_channel_id AND t.pool_id = asked.pool_id
           AND t.status = 'REQUESTED' AND t.lapses_at > clock_timestamp()
           AND CASE WHEN is_more THEN t.target_id = asked.target_id
                    ELSE t.source_id = asked.source_id END
    ) THEN
        RAISE EXCEPTION 'A request of this partner waits already for pool %.', asked.pool_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_waits_once';
    END IF;
    -- Asked and withdrawn again and again tells the approvers each time: so both are counted.
    IF 20 <= (SELECT count(*) FROM transfers_transfer t
               WHERE t.asking_channel_id = asked.asking_channel_id
                 AND t.status = 'REQUESTED' AND t.lapses_at > clock_timestamp())
       OR 10 <= (SELECT count(*) FROM transfers_transfer t
                  WHERE t.asking_channel_id = asked.asking_channel_id
                    AND t.pool_id = asked.pool_id AND t.needs <> '{}'
                    AND t.requested_at > clock_timestamp() - interval '24 hours') THEN
        RAISE EXCEPTION 'Partner % asks for too many transfers.', asked.asking_channel_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_asked_seldom_enough';
    END IF;
END $$;
