-- Whether the programs of a channel are in contact: their last sign of life, the minutes since, after how many that is too
-- long, and whether it is. A line for each rule that watches the channel; one that none watches has the usual minutes.
-- Nobody waits for a sign of a channel that sells nothing now, nor of one that has never given any: it is not connected yet.
CREATE OR REPLACE FUNCTION alerts_contact(moment timestamptz)
RETURNS TABLE (channel_id bigint, venue_id bigint, rule_id bigint, last_at timestamptz, minutes float8,
               threshold float8, sells boolean, is_silent boolean)
LANGUAGE sql STABLE AS $$
    SELECT k.id, k.venue_id, r.rule_id, w.last_at, w.minutes, t.threshold, s.sells,
           coalesce(s.sells AND w.minutes >= t.threshold, false)
      FROM allocations_saleschannel k
      LEFT JOIN alerts_rules_of_venues('SYNC_OVERDUE') r ON r.venue_id = k.venue_id
       AND k.connectivity IN ('PERIODIC', 'OFFLINE') AND (r.channel_id IS NULL OR r.channel_id = k.id)
     CROSS JOIN LATERAL (SELECT coalesce(r.threshold, CASE k.connectivity WHEN 'REAL_TIME' THEN 60 ELSE 1440 END)::float8
                                AS threshold) t
     CROSS JOIN LATERAL (
         SELECT max(c.seen_at) AS last_at, (extract(epoch FROM moment - max(c.seen_at)) / 60)::float8 AS minutes
           FROM allocations_channelcontact c WHERE c.channel_id = k.id) w
     CROSS JOIN LATERAL (
         SELECT EXISTS (SELECT FROM allocations_stock s
                          JOIN events_event e ON e.id = s.event_id
                          JOIN events_venue v ON v.id = e.venue_id
                         WHERE s.channel_id = k.id AND e.status = 'ON_SALE'
                           AND events_sales_close(e.sales_until, e.starts_at, e.ends_at, e.all_day, e.opens_at,
                                                  e.closes_at, v.time_zone) > moment) AS sells) s
$$;
