INSERT INTO alerts_alertwatch (event_id)
SELECT e.id FROM events_event e
 WHERE e.status = 'ON_SALE'
   AND NOT EXISTS (SELECT FROM alerts_alertwatch w WHERE w.event_id = e.id)
 ORDER BY e.id
    ON CONFLICT DO NOTHING
