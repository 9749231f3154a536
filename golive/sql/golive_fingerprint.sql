-- A digest of all that the go-live checklist of an event checks: its set-up, its channels with their keys, plans in
-- force, teams and their addresses, rules of alerts, the workflow of transfers and its signature. What sales and time
-- change is not in it, nor whether the event is on sale.
CREATE OR REPLACE FUNCTION golive_fingerprint(of_event bigint) RETURNS text LANGUAGE sql STABLE AS $$
    WITH event AS (
        SELECT * FROM events_event WHERE id = of_event
    ), channel AS (
        SELECT c.* FROM allocations_saleschannel c
         WHERE c.id IN (SELECT channel_id FROM allocations_listing WHERE event_id = of_event
                         UNION SELECT channel_id FROM allocations_stock WHERE event_id = of_event)
    ), team AS (
        SELECT t.* FROM alerts_alertteam t JOIN event ON event.venue_id = t.venue_id
    ), policy AS (
        SELECT p.* FROM transfers_transferpolicy p JOIN event ON p.event_id = event.id OR p.venue_id = event.venue_id
    ), part (kind, id, content) AS (
        SELECT 'event', id, (to_jsonb(event) - ARRAY['status', 'stop_reason', 'config_version', 'modified_at'])::text
          FROM event
        UNION ALL
        SELECT 'venue', v.id, (to_jsonb(v) - ARRAY['requires_checklist', 'name', 'city'])::text
          FROM events_venue v JOIN event ON event.venue_id = v.id
        UNION ALL
        SELECT 'pool', id, to_jsonb(p)::text FROM events_pool p WHERE event_id = of_event
        UNION ALL
        SELECT 'item', id, to_jsonb(i)::text FROM events_item i WHERE event_id = of_event
        UNION ALL
        SELECT 'component', c.id, to_jsonb(c)::text
          FROM events_component c JOIN events_item i ON i.id = c.item_id WHERE i.event_id = of_event
        UNION ALL
        SELECT 'listing', id, to_jsonb(l)::text FROM allocations_listing l WHERE event_id = of_event
        UNION ALL
        SELECT 'stock', id,
               concat_ws(',', kind, pool_id, channel_id, name, draws_on_id, draws_from, draws_until, ceiling)
          FROM allocations_stock WHERE event_id = of_event
        UNION ALL
        SELECT 'plan', a.id, a.version::text
          FROM allocations_allocationplan a JOIN events_pool p ON p.id = a.pool_id
         WHERE p.event_id = of_event AND a.status = 'IN_FORCE'
        UNION ALL
        SELECT 'channel', id, to_jsonb(channel)::text FROM channel
        UNION ALL
        SELECT 'key', k.id, concat_ws(',', k.channel_id, k.scopes, k.expires_at, k.revoked_at)
          FROM partners_apikey k JOIN channel ON channel.id = k.channel_id
        UNION ALL
        SELECT 'team', id, to_jsonb(team)::text FROM team
        UNION ALL
        SELECT 'endpoint', e.id, concat_ws(',', e.team_id, e.transport, e.address, e.is_active, e.disabled_at IS NULL)
          FROM alerts_endpoint e JOIN team ON team.id = e.team_id
        UNION ALL
        SELECT 'rule of alerts', r.id,
               concat_ws(',', r.is_active, r.kind, r.event_id, (SELECT string_agg(t.alertteam_id::text, ',' ORDER BY t.alertteam_id)
                                              FROM alerts_alertrule_teams t WHERE t.alertrule_id = r.id))
          FROM alerts_alertrule r JOIN event ON r.venue_id = event.venue_id
         WHERE r.event_id IS NULL OR r.event_id = of_event
        UNION ALL
        SELECT 'policy', id, to_jsonb(policy)::text FROM policy
        UNION ALL
        SELECT 'approvers', g.id, concat_ws(',', g.transferpolicy_id, g.group_id)
          FROM transfers_transferpolicy_approvers g JOIN policy ON policy.id = g.transferpolicy_id
        UNION ALL
        SELECT 'always', a.id, concat_ws(',', a.transferpolicy_id, a.saleschannel_id)
          FROM transfers_transferpolicy_always a JOIN policy ON policy.id = a.transferpolicy_id
        UNION ALL
        SELECT 'protected', a.id, concat_ws(',', a.transferpolicy_id, a.saleschannel_id)
          FROM transfers_transferpolicy_protected a JOIN policy ON policy.id = a.transferpolicy_id
        UNION ALL
        SELECT 'rule of transfers', r.id, to_jsonb(r)::text
          FROM transfers_transferrule r JOIN event ON r.venue_id = event.venue_id
         WHERE r.event_id IS NULL OR r.event_id = of_event
        UNION ALL
        SELECT 'signature', max(s.id), '' FROM transfers_workflowsignoff s WHERE s.event_id = of_event
    )
    SELECT md5(coalesce(string_agg(concat_ws('|', kind, id, content), E'\n' ORDER BY kind, id), '')) FROM part
$$;
