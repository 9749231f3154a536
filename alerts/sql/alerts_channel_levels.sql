-- What each channel can still sell of a pool, in units: its own free ones, and what it may draw at
-- that moment; "all_of_it" with what is held and sold.
--
-- "sells": at that moment a booking of at least one item that takes from the pool could be made, as sales.rules and
-- allocations.sellable say of one sale (a test holds that both say the same): the event is on sale, nothing is
-- stopped, all windows are open, a same-day item is sold on the day of the event alone, and each pool of
-- the item and each limit leaves what is the least in one booking.
CREATE OR REPLACE FUNCTION alerts_channel_levels(events bigint[], at timestamptz)
RETURNS TABLE (stock_id bigint, event_id bigint, pool_id bigint, channel_id bigint, version bigint,
               free bigint, all_of_it bigint, sells boolean)
LANGUAGE sql STABLE AS $$
    WITH level AS MATERIALIZED (
        SELECT s.id, s.event_id, s.pool_id, s.channel_id, s.version,
               s.quantity - s.held - s.sold + d.more AS free, s.quantity + d.more AS all_of_it
          FROM allocations_stock s
          LEFT JOIN allocations_stock o ON o.id = s.draws_on_id
                AND coalesce(s.draws_from, at) <= at AND coalesce(s.draws_until, 'infinity') > at
         CROSS JOIN LATERAL (
             SELECT greatest(least(coalesce(o.quantity, 0), coalesce(s.ceiling - s.quantity, o.quantity)),
                             0)::bigint AS more) d
         WHERE s.event_id = ANY (events) AND s.kind = 'CHANNEL'
    ), offered AS MATERIALIZED (
        SELECT o.item_id, o.channel_id, i.least_per_booking AS least
          FROM allocations_listing o
          JOIN events_item i ON i.id = o.item_id
          JOIN events_event e ON e.id = o.event_id
          JOIN events_venue v ON v.id = e.venue_id
          JOIN allocations_saleschannel k ON k.id = o.channel_id
          LEFT JOIN allocations_stock of_item ON of_item.item_id = i.id AND i."limit" IS NOT NULL
          LEFT JOIN allocations_stock of_listing ON of_listing.listing_id = o.id AND o."limit" IS NOT NULL
         WHERE o.event_id = ANY (events) AND e.status = 'ON_SALE' AND o.is_on
           AND '' = ALL (ARRAY[e.stop_reason, k.stop_reason, i.stop_reason, o.stop_reason])
           AND coalesce(e.sales_from, at) <= at
           AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                                  v.time_zone) > at
           AND coalesce(i.sales_from, at) <= at AND coalesce(i.sales_until, 'infinity') > at
           AND coalesce(o.sales_from, at) <= at AND coalesce(o.sales_until, 'infinity') > at
           AND (i.kind <> 'SAME_DAY'
                OR at <@ events_day(e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at, v.time_zone))
           AND coalesce(of_item.quantity - of_item.held - of_item.sold, i.least_per_booking)
               >= i.least_per_booking
           AND coalesce(of_listing.quantity - of_listing.held - of_listing.sold, i.least_per_booking)
               >= i.least_per_booking
    ), to_be_had AS (
        SELECT o.item_id, o.channel_id
          FROM offered o
          JOIN events_component c ON c.item_id = o.item_id
          LEFT JOIN level l ON l.pool_id = c.pool_id AND l.channel_id = o.channel_id
         GROUP BY o.item_id, o.channel_id
        HAVING bool_and(coalesce(l.free, 0) >= c.units * o.least)
    ), selling AS (
        SELECT DISTINCT c.pool_id, h.channel_id
          FROM to_be_had h JOIN events_component c ON c.item_id = h.item_id
    )
    SELECT l.id, l.event_id, l.pool_id, l.channel_id, l.version, l.free, l.all_of_it,
           g.pool_id IS NOT NULL
      FROM level l
      LEFT JOIN selling g ON g.pool_id = l.pool_id AND g.channel_id = l.channel_id
$$;
