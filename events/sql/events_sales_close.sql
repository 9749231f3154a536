-- When sales of an event end: as set, and with the event at the latest. The same in Python: Event.sales_close.
CREATE OR REPLACE FUNCTION events_sales_close(sales_until timestamptz, starts_at timestamptz,
                                              ends_at timestamptz, all_day boolean, opens_at time,
                                              closes_at time, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(sales_until, upper(events_day(starts_at, ends_at, all_day, opens_at, closes_at, zone)))
$$;
