-- Whether an event that has been on sale may get another start without an approval (docs/adr on the approval window).
--
-- Moved away from a start that still lies ahead, it keeps that start in mind: transfers_needs() goes by it as well.
-- Moved nearer, so that its approval window is open now, what was taken within that window without an approval would
-- have needed one; so the date does. Whoever takes units locks their row: with all rows of the event locked, in
-- their order, nobody takes any that is not seen here, and whoever comes later sees the new start.
CREATE OR REPLACE FUNCTION transfers_date_judged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hours integer := (transfers_policy_of(NEW.id)).approval_hours;
    opens_at timestamptz := NEW.starts_at - make_interval(hours => hours);
    taken record;
BEGIN
    IF OLD.starts_at > clock_timestamp() THEN
        INSERT INTO transfers_formerstart (event_id, starts_at, left_at)
        VALUES (OLD.id, OLD.starts_at, clock_timestamp());
    END IF;
    IF NEW.starts_at > OLD.starts_at OR opens_at > clock_timestamp() OR transfers_is_approved(NEW.id) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM allocations_stock WHERE event_id = NEW.id ORDER BY id FOR UPDATE;
    SELECT coalesce(c.name, nullif(s.name, ''), 'The open stock') AS who, coalesce(p.name, '') AS pool, t.units
      INTO taken
      FROM transfers_unapprovedtaking t
      JOIN allocations_stock s ON s.id = t.stock_id
      LEFT JOIN events_pool p ON p.id = s.pool_id
      LEFT JOIN allocations_saleschannel c ON c.id = s.channel_id
     WHERE t.event_id = NEW.id AND t.at >= opens_at
     ORDER BY t.units DESC, t.at DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% less than % hours before the new start, without an approval',
            CASE WHEN taken.units > 0
                THEN format('%s has lost %s of %s', taken.who, taken.units, taken.pool)
                ELSE format('What %s can sell of %s was reduced', taken.who, taken.pool) END, hours
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_taken_with_approval', DETAIL = 'NEAR_START';
    END IF;
    RETURN NULL;
END $$;
