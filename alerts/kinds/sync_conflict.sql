-- Channels with reports that could not be done and that nobody has resolved: how many, how many tickets, since when.
SELECT r.rule_id, format('channel:%%s', k.id) AS subject, r.venue_id, k.id AS channel_id,
       c.conflicts::float8 AS seen, r.threshold::float8, c.conflicts >= r.threshold AS holds,
       c.conflicts < r.threshold AS has_ended,
       jsonb_build_object('tickets', c.tickets,
                          'open_minutes', floor(extract(epoch FROM %(now)s - c.began_at) / 60)) AS details
  FROM alerts_rules_of_venues('SYNC_CONFLICT') r
  JOIN allocations_saleschannel k ON k.venue_id = r.venue_id AND (r.channel_id IS NULL OR r.channel_id = k.id)
  JOIN (SELECT o.channel_id, count(*) AS conflicts, min(o.began_at) AS began_at, sum(l.tickets) AS tickets
          FROM offline_conflict o
         CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS tickets
                               FROM offline_conflictline WHERE conflict_id = o.id) l
         WHERE o.status = 'OPEN'
         GROUP BY o.channel_id) c ON c.channel_id = k.id
