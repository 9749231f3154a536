-- Listings under which at a moment the least of a booking could be sold, were the event on sale and nothing stopped:
-- offered, in all windows, a same-day item on the day of the event, and each pool of the item and each limit
-- leaves enough of the channel's own units and those that it may draw then. The same of one sale: sales/rules.py and
-- allocations/sellable.py; tests/alerts/test_watched_time.py holds that both say the same.
CREATE OR REPLACE FUNCTION allocations_sellable_listings(events bigint[], at timestamptz)
RETURNS TABLE (listing_id bigint, event_id bigint, item_id bigint, channel_id bigint)
LANGUAGE sql STABLE AS $$
    WITH offered AS MATERIALIZED (
        SELECT o.id, o.event_id, o.item_id, o.channel_id, i.min_per_booking AS minimum
          FROM allocations_listing o
          JOIN events_item i ON i.id = o.item_id
          JOIN events_event e ON e.id = o.event_id
          JOIN events_venue v ON v.id = e.venue_id
          LEFT JOIN allocations_stock of_item ON of_item.item_id = i.id AND i."limit" IS NOT NULL
          LEFT JOIN allocations_stock of_listing ON of_listing.listing_id = o.id AND o."limit" IS NOT NULL
         WHERE o.event_id = ANY (events) AND o.is_on
           AND coalesce(e.sales_from, at) <= at
           AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                                  v.time_zone) > at
           AND coalesce(i.sales_from, at) <= at AND coalesce(i.sales_until, 'infinity') > at
           AND coalesce(o.sales_from, at) <= at AND coalesce(o.sales_until, 'infinity') > at
           AND (i.kind <> 'SAME_DAY'
                OR at <@ events_day(e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at, v.time_zone))
           AND coalesce(of_item.quantity - of_item.held - of_item.sold, i.min_per_booking)
               >= i.min_per_booking
           AND coalesce(of_listing.quantity - of_listing.held - of_listing.sold, i.min_per_booking)
               >= i.min_per_booking
    ), level AS MATERIALIZED (
        SELECT s.pool_id, s.channel_id,
               s.quantity - s.held - s.sold
                   + greatest(least(coalesce(d.quantity, 0), coalesce(s.ceiling - s.quantity, d.quantity)), 0)
                   AS free
          FROM allocations_stock s
          LEFT JOIN allocations_stock d ON d.id = s.draws_on_id
                AND coalesce(s.draws_from, at) <= at AND coalesce(s.draws_until, 'infinity') > at
         WHERE s.event_id = ANY (events) AND s.kind = 'CHANNEL'
    )
    SELECT o.id, o.event_id, o.item_id, o.channel_id
      FROM offered o
      JOIN events_component c ON c.item_id = o.item_id
      LEFT JOIN level l ON l.pool_id = c.pool_id AND l.channel_id = o.channel_id
     GROUP BY o.id, o.event_id, o.item_id, o.channel_id
    HAVING bool_and(coalesce(l.free, 0) >= c.units * o.minimum)
$$;
