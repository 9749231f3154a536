-- Requests that somebody has to decide, since as long as a rule lets them wait.
SELECT r.rule_id, format('transfer:%%s', t.id) AS subject, r.venue_id, t.event_id, t.pool_id,
       t.id AS transfer_id, floor(w.minutes)::float8 AS seen, r.threshold::float8,
       w.minutes >= r.threshold AS holds, false AS has_ended,
       jsonb_build_object(
           'units', t.units, 'reason', t.reason,
           'source', coalesce(source_channel.name, nullif(source.name, ''), 'the open stock'),
           'target', coalesce(target_channel.name, nullif(target.name, ''), 'the open stock')) AS details
  FROM alerts_rules_of_venues('TRANSFER_WAITING') r
  JOIN events_event e ON e.venue_id = r.venue_id
  JOIN transfers_transfer t ON t.event_id = e.id AND t.status = 'REQUESTED' AND t.lapses_at > %(now)s
 CROSS JOIN LATERAL (
     SELECT extract(epoch FROM %(now)s - t.requested_at) / 60 AS minutes) w
  JOIN allocations_stock source ON source.id = t.source_id
  JOIN allocations_stock target ON target.id = t.target_id
  LEFT JOIN allocations_saleschannel source_channel ON source_channel.id = source.channel_id
  LEFT JOIN allocations_saleschannel target_channel ON target_channel.id = target.channel_id
 WHERE r.channel_id IS NULL OR r.channel_id IN (source.channel_id, target.channel_id)
UNION ALL
-- Other changes that take units from channels wait in the same queue.
SELECT r.rule_id, format('change:%%s', c.id), r.venue_id, c.event_id, NULL::bigint,
       NULL::bigint, floor(w.minutes)::float8, r.threshold::float8,
       w.minutes >= r.threshold, false,
       jsonb_build_object('kind', c.kind, 'change', c.subject, 'takes', c.takes, 'reason', c.reason)
  FROM alerts_rules_of_venues('TRANSFER_WAITING') r
  JOIN events_event e ON e.venue_id = r.venue_id
  JOIN transfers_changerequest c
    ON c.event_id = e.id AND c.status = 'REQUESTED' AND c.lapses_at > %(now)s
 CROSS JOIN LATERAL (
     SELECT extract(epoch FROM %(now)s - c.requested_at) / 60 AS minutes) w
 WHERE r.channel_id IS NULL
