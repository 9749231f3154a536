-- Endpoints that are disabled, or at which so many attempts in a row have failed.
SELECT r.rule_id, format('endpoint:%%s', p.id) AS subject, r.venue_id, p.id AS endpoint_id,
       greatest(p.failures, 1)::float8 AS seen, r.threshold::float8,
       p.disabled_at IS NOT NULL OR p.failures >= greatest(r.threshold, 1) AS holds,
       p.disabled_at IS NULL AND p.failures = 0 AS has_ended,
       jsonb_build_object(
           'is_disabled', p.disabled_at IS NOT NULL,
           'reason', coalesce(nullif(p.disabled_reason, ''), last.failure, ''),
           -- Its host alone where the address is a secret.
           'endpoint', coalesce(nullif(p.name, ''),
                                CASE WHEN p.transport = ANY (%(hidden)s)
                                     THEN split_part(p.address, '/', 3) ELSE p.address END)) AS details
  FROM alerts_rules_of_venues('DELIVERY_FAILING') r
  JOIN (SELECT e.*, coalesce(t.venue_id, k.venue_id) AS venue_id
          FROM alerts_endpoint e
          LEFT JOIN alerts_alertteam t ON t.id = e.team_id
          LEFT JOIN allocations_saleschannel k ON k.id = e.channel_id
         WHERE e.is_active) p
    ON p.venue_id IS NOT DISTINCT FROM r.venue_id
   AND (r.channel_id IS NULL OR r.channel_id = p.channel_id)
  LEFT JOIN LATERAL (SELECT d.failure FROM alerts_delivery d
                      WHERE d.endpoint_id = p.id AND d.failure <> ''
                      ORDER BY d.id DESC LIMIT 1) last ON true
