-- The ledger's one door, called by allocations/ledger.py and by nothing else (docs/ledger.md).
--
-- groups: [{"kind", "event", "config", "around", "document_kind", "document", "entries"}], each entry
--         [stock, Δquantity, Δheld, Δsold], a row at most once in a group. "around" is null where
--         the set-up of the event itself is all that a group rests on.
-- cause:  {"user", "key", "reason", "patience"}; the last in milliseconds, null for the usual.
-- Returns {"verdicts": one a group (null: done; "STALE"; or a list of refused rows with their
--          numbers), "balances": [[stock, event, version, quantity, held, sold, drawn], …]}.
--
-- Under READ COMMITTED each statement below sees what was committed when it began, so what
-- follows the lock is decided on values that nobody else can change until we commit.
CREATE OR REPLACE FUNCTION allocations_post(groups jsonb, cause jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    clock timestamptz;
    wanted bigint[];
    ids bigint[] := '{}';            -- locked rows, in order of id
    rows allocations_stock[] := '{}';  -- their values, as the groups accepted so far leave them
    before allocations_stock[];      -- …as they were before the present group
    moves allocations_movement[] := '{}';
    mark integer;                    -- movements there were before the present group
    one allocations_stock;
    open_row allocations_stock;           -- the open row that a channel draws on
    move allocations_movement;
    batch jsonb;
    entries jsonb;
    entry jsonb;
    stale bigint[];
    refused jsonb;
    verdicts jsonb[] := '{}';        -- an array: adding to a JSON list copies all of it
    i integer;
    j integer;
    -- Wide enough for the largest order that a form lets through: it is refused with its numbers.
    units bigint;                    -- change of held + sold
    drawing bigint;                  -- units drawn (> 0) or given back (< 0)
    room bigint;                     -- units this row could still give
    dq bigint; dh bigint; ds bigint;
    new_quantity bigint; new_held bigint; new_sold bigint;
BEGIN
    SELECT array_agg(DISTINCT (e ->> 0)::bigint) INTO wanted
      FROM jsonb_array_elements(groups) g, jsonb_array_elements(g -> 'entries') e;

    IF cause ->> 'patience' IS NOT NULL THEN
        PERFORM set_config('lock_timeout', (cause ->> 'patience') || 'ms', true);
    END IF;

    -- 1. Lock, in order of id, every row named and every open row that one of them draws on.
    SELECT array_agg(DISTINCT id) INTO wanted
      FROM (SELECT unnest(wanted) AS id UNION
            SELECT draws_on_id FROM allocations_stock
             WHERE id = ANY (wanted) AND draws_on_id IS NOT NULL) needed;
    FOR one IN SELECT * FROM allocations_stock WHERE id = ANY (wanted) ORDER BY id FOR UPDATE LOOP
        ids := ids || one.id;
        rows := rows || one;
    END LOOP;
    clock := clock_timestamp();

    -- 2. A group that was planned on a set-up that has changed meanwhile is not decided here.
    SELECT coalesce(array_agg(e.id), '{}') INTO stale
      FROM jsonb_array_elements(groups) g
      JOIN events_event e ON e.id = (g ->> 'event')::bigint
     WHERE e.config_version <> (g ->> 'config')::bigint;
    -- Materialized, or the planner asks for the surroundings of each group before it knows how few differ.
    WITH planned AS MATERIALIZED (
        SELECT DISTINCT (g ->> 'event')::bigint AS event, g ->> 'around' AS around
          FROM jsonb_array_elements(groups) g WHERE g ->> 'around' IS NOT NULL)
    SELECT stale || coalesce(array_agg(planned.event), '{}') INTO stale FROM planned
     WHERE allocations_surroundings(planned.event) <> planned.around;

    -- 3. Decide each group whole, on the locked values alone.
    FOR batch IN SELECT * FROM jsonb_array_elements(groups) LOOP
        IF (batch ->> 'event')::bigint = ANY (stale) THEN
            verdicts := verdicts || '"STALE"'::jsonb;
            CONTINUE;
        END IF;
        before := rows;
        mark := cardinality(moves);
        refused := '[]';
        entries := batch -> 'entries';
        FOR k IN 0 .. jsonb_array_length(entries) - 1 LOOP
            entry := entries -> k;
            i := array_position(ids, (entry ->> 0)::bigint);
            IF i IS NULL THEN
                RAISE EXCEPTION 'There is no stock row %.', entry ->> 0
                    USING ERRCODE = 'foreign_key_violation';
            END IF;
            one := rows[i];
            dq := (entry ->> 1)::bigint;
            dh := (entry ->> 2)::bigint;
            ds := (entry ->> 3)::bigint;
            units := dh + ds;
            drawing := 0;
            j := NULL;
            room := one.quantity - one.held - one.sold;

            IF one.draws_on_id IS NOT NULL AND units <> 0 THEN
                j := array_position(ids, one.draws_on_id);
                IF j IS NULL THEN  -- never with a version: new terms raise it, see 2
                    RAISE EXCEPTION 'Stock row % draws on another row now.', one.id
                        USING ERRCODE = 'serialization_failure';
                END IF;
                open_row := rows[j];
                IF units < 0 THEN
                    drawing := - least(- units, one.drawn);
                ELSIF (one.draws_from IS NULL OR one.draws_from <= clock)
                  AND (one.draws_until IS NULL OR clock < one.draws_until) THEN
                    drawing := greatest(0, units - (one.quantity + dq - one.held - one.sold));
                    room := room + least(open_row.quantity, coalesce(one.ceiling - one.quantity,
                                                               open_row.quantity));
                END IF;
            END IF;

            new_quantity := one.quantity + dq + drawing;
            new_held := one.held + dh;
            new_sold := one.sold + ds;
            -- More given back than there is: a booking and its stock have come apart.
            IF new_held < 0 OR new_sold < 0 THEN
                refused := refused || jsonb_build_object(
                    'stock', one.id, 'why', 'USED', 'asked', - units,
                    'room', CASE WHEN new_held < 0 THEN one.held ELSE one.sold END);
            -- Where open row and ceiling both end it, the tighter is named, as sellable.py does.
            ELSIF drawing > open_row.quantity
               AND (one.ceiling IS NULL OR open_row.quantity <= one.ceiling - one.quantity) THEN
                refused := refused || jsonb_build_object(
                    'stock', one.id, 'why', 'OPEN', 'asked', units, 'room', room);
            ELSIF new_quantity > one.ceiling THEN
                refused := refused || jsonb_build_object(
                    'stock', one.id, 'why', 'CEILING',
                    'asked', CASE WHEN units > 0 THEN units ELSE dq END,
                    'room', CASE WHEN units > 0 THEN room ELSE one.ceiling - one.quantity END);
            ELSIF new_held + new_sold > new_quantity THEN
                refused := refused || jsonb_build_object(
                    'stock', one.id, 'why', 'STOCK', 'room', room,
                    'asked', CASE WHEN units > 0 THEN units ELSE - dq END);
            END IF;
            CONTINUE WHEN refused <> '[]';  -- go on, to report every row that says no

            one.quantity := new_quantity;
            one.held := new_held;
            one.sold := new_sold;
            one.drawn := one.drawn + drawing;
            one.version := one.version + 1;
            rows[i] := one;
            move.stock_id := one.id;
            move.version := one.version;
            move.kind := batch ->> 'kind';
            move.delta_quantity := dq + drawing;
            move.delta_held := dh;
            move.delta_sold := ds;
            move.delta_drawn := drawing;
            move.quantity := one.quantity;
            move.held := one.held;
            move.sold := one.sold;
            move.drawn := one.drawn;
            move.document_kind := coalesce(batch ->> 'document_kind', '');
            move.document_id := (batch ->> 'document')::bigint;
            moves := moves || move;
            IF drawing <> 0 THEN
                open_row.quantity := open_row.quantity - drawing;
                open_row.version := open_row.version + 1;
                rows[j] := open_row;
                move.stock_id := open_row.id;
                move.version := open_row.version;
                move.kind := CASE WHEN drawing > 0 THEN 'DRAW' ELSE 'UNDRAW' END;
                move.delta_quantity := - drawing;
                move.delta_held := 0;
                move.delta_sold := 0;
                move.delta_drawn := 0;
                move.quantity := open_row.quantity;
                move.held := 0;
                move.sold := 0;
                move.drawn := 0;
                moves := moves || move;
            END IF;
        END LOOP;
        IF refused = '[]' THEN
            verdicts := verdicts || 'null'::jsonb;
        ELSE
            rows := before;
            moves := moves[1:mark];
            verdicts := verdicts || refused;
        END IF;
    END LOOP;

    -- 4. Write what was accepted: each row once, each movement as it was decided.
    IF cardinality(moves) > 0 THEN
        UPDATE allocations_stock s
           SET quantity = r.quantity, held = r.held, sold = r.sold, drawn = r.drawn,
               version = r.version
          FROM unnest(rows) r
         WHERE s.id = r.id AND s.version <> r.version;
        INSERT INTO allocations_movement
               (stock_id, version, kind, delta_quantity, delta_held, delta_sold, delta_drawn,
                quantity, held, sold, drawn, document_kind, document_id,
                user_id, api_key_id, reason, internal_note, at)
        SELECT stock_id, version, kind, delta_quantity, delta_held, delta_sold, delta_drawn,
               quantity, held, sold, drawn, document_kind, document_id,
               (cause ->> 'user')::bigint, (cause ->> 'key')::bigint,
               coalesce(cause ->> 'reason', ''), coalesce(cause ->> 'note', ''), clock
          FROM unnest(moves);
    END IF;

    RETURN jsonb_build_object(
        'verdicts', to_jsonb(verdicts),
        'balances', coalesce((
            SELECT jsonb_agg(jsonb_build_array(
                       r.id, r.event_id, r.version, r.quantity, r.held, r.sold, r.drawn))
              FROM unnest(rows) r
             WHERE r.id IN (SELECT m.stock_id FROM unnest(moves) m)), '[]'));
END $$;
