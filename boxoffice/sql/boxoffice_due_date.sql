-- When a booking that was paid at a counter is due: never where it was paid in money or given away; what is on account after its
-- channel's settlement days, at once where it has none. A date that it has stays, and so does that of one marked as paid.
CREATE OR REPLACE FUNCTION boxoffice_due_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sales_booking b
       SET due_on = CASE WHEN (SELECT sum(amount) FROM boxoffice_payment
                                WHERE booking_id = b.id AND kind = 'ON_ACCOUNT') > 0
                         THEN coalesce(b.due_on, (clock_timestamp() AT TIME ZONE v.time_zone)::date + c.settlement_days)
                    END
      FROM allocations_saleschannel c JOIN events_venue v ON v.id = c.venue_id
     WHERE b.id = NEW.booking_id AND c.id = b.channel_id AND b.paid_at IS NULL
       AND (b.due_on IS NOT NULL OR NEW.kind = 'ON_ACCOUNT');
    RETURN NULL;
END $$;
