-- Which tickets a payment is of: what has changed of its booking since the payments before it. It is worth just that.
CREATE OR REPLACE FUNCTION boxoffice_payment_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    worth numeric;
BEGIN
    INSERT INTO boxoffice_paymentline (payment_id, item_id, tickets, amount)
    SELECT NEW.id, item_id, sum(tickets), sum(amount)
      FROM (SELECT item_id, quantity - refunded AS tickets, (quantity - refunded) * unit_price AS amount
              FROM sales_bookingline WHERE booking_id = NEW.booking_id
             UNION ALL
            SELECT l.item_id, -l.tickets, -l.amount
              FROM boxoffice_payment p JOIN boxoffice_paymentline l ON l.payment_id = p.id
             WHERE p.booking_id = NEW.booking_id) AS part
     GROUP BY item_id HAVING sum(tickets) <> 0 OR sum(amount) <> 0;
    worth := (SELECT coalesce(sum(amount), 0) FROM boxoffice_paymentline WHERE payment_id = NEW.id);
    -- What was paid offline was paid, whatever became of it: the difference is noted beside it.
    IF NEW.report_id IS NOT NULL AND worth <> NEW.amount THEN
        INSERT INTO boxoffice_payment (booking_id, receipt, step, kind, amount, reference, reason, is_late, taken_at)
        VALUES (NEW.booking_id, '', 'CHANGE', 'OUTSIDE', worth - NEW.amount, '', '', false, clock_timestamp());
    ELSIF worth <> NEW.amount AND NEW.kind <> 'OUTSIDE' THEN
        RAISE EXCEPTION 'Payment % is of %, and % has changed of its booking.', NEW.id, NEW.amount, worth
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_of_what_changed';
    END IF;
    RETURN NULL;
END $$;
