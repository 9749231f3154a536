-- Of listings: from when (included) until when (excluded) each one sells, as the windows of event, item and listing say, and for a
-- same-day item the day of the event; whether its event is on sale, what of it is stopped, and whether its channel has a part in
-- each pool that it takes from. Without those that are off. The twin for one sale: sales/rules.py; tests/sales/test_one_truth.py
-- holds that both say the same.
CREATE OR REPLACE FUNCTION allocations_listing_windows(events bigint[])
RETURNS TABLE (listing_id bigint, event_id bigint, item_id bigint, channel_id bigint, opens_at timestamptz,
               closes_at timestamptz, is_on_sale boolean, stopped_by varchar[], has_parts boolean)
LANGUAGE sql STABLE AS $$
    WITH event AS MATERIALIZED (
        SELECT e.id, e.status, e.sales_from, lower(day) AS day_begins, upper(day) AS day_ends,
               events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                                  v.time_zone) AS sales_close
          FROM events_event e
          JOIN events_venue v ON v.id = e.venue_id
         CROSS JOIN LATERAL events_day(e.starts_at, e.ends_at, e.all_day, e.opens_at, e.closes_at,
                                       v.time_zone) AS day
         WHERE e.id = ANY (events)
    )
    SELECT o.id, o.event_id, o.item_id, o.channel_id,
           coalesce(greatest(e.sales_from, i.sales_from, o.sales_from,
                             CASE i.kind WHEN 'SAME_DAY' THEN e.day_begins END), '-infinity'),
           least(e.sales_close, i.sales_until, o.sales_until, CASE i.kind WHEN 'SAME_DAY' THEN e.day_ends END),
           e.status = 'ON_SALE',
           ARRAY(SELECT s.kind FROM allocations_stop s
                  WHERE s.reason <> ''
                    AND (s.kind, s.target_id) IN (('EVENT', o.event_id), ('ITEM', o.item_id),
                                                  ('CHANNEL', o.channel_id), ('LISTING', o.id))),
           EXISTS (SELECT FROM events_component c WHERE c.item_id = o.item_id)
           AND NOT EXISTS (SELECT FROM events_component c
                            WHERE c.item_id = o.item_id
                              AND NOT EXISTS (SELECT FROM allocations_stock s
                                               WHERE s.pool_id = c.pool_id AND s.channel_id = o.channel_id))
      FROM event e
      JOIN allocations_listing o ON o.event_id = e.id AND o.is_on
      JOIN events_item i ON i.id = o.item_id
$$;
