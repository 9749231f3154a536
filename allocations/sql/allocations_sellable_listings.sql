-- Listings under which at a moment the least of a booking could be sold, were the event on sale and nothing stopped (both
-- are said of each): each pool of the item and each limit leaves enough of the channel's own units and those that it may draw
-- then. The same of one sale: sales/offers.py; tests/sales/test_one_truth.py holds that both say the same.
DROP FUNCTION IF EXISTS allocations_sellable_listings(bigint[], timestamptz);
CREATE OR REPLACE FUNCTION allocations_sellable_listings(events bigint[], at timestamptz)
RETURNS TABLE (listing_id bigint, event_id bigint, item_id bigint, channel_id bigint, is_on_sale boolean,
               stopped_by varchar[])
LANGUAGE sql STABLE AS $$
    WITH offered AS MATERIALIZED (
        SELECT w.listing_id, w.event_id, w.item_id, w.channel_id, w.is_on_sale, w.stopped_by,
               i.min_per_booking AS minimum
          FROM allocations_listing_windows(events) w
          JOIN allocations_listing o ON o.id = w.listing_id
          JOIN events_item i ON i.id = w.item_id
          LEFT JOIN allocations_stock of_item ON of_item.item_id = i.id AND i."limit" IS NOT NULL
          LEFT JOIN allocations_stock of_listing ON of_listing.listing_id = o.id AND o."limit" IS NOT NULL
         WHERE w.opens_at <= at AND w.closes_at > at
           AND coalesce(of_item.quantity - of_item.held - of_item.sold, i.min_per_booking)
               >= i.min_per_booking
           AND coalesce(of_listing.quantity - of_listing.held - of_listing.sold, i.min_per_booking)
               >= i.min_per_booking
    ), level AS MATERIALIZED (
        SELECT pool_id, channel_id, own + drawable AS free FROM allocations_channel_levels(events, at)
    )
    SELECT o.listing_id, o.event_id, o.item_id, o.channel_id, o.is_on_sale, o.stopped_by
      FROM offered o
      JOIN events_component c ON c.item_id = o.item_id
      LEFT JOIN level l ON l.pool_id = c.pool_id AND l.channel_id = o.channel_id
     GROUP BY o.listing_id, o.event_id, o.item_id, o.channel_id, o.is_on_sale, o.stopped_by
    HAVING bool_and(coalesce(l.free, 0) >= c.units * o.minimum)
$$;
