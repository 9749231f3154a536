-- Where a period begins and ends in the ledger of each of a channel's rows of an event: the last
-- version before each of the two moments, and the balances after it. A row's versions run without
-- a gap, so it is found by halving: some twenty look-ups in a million movements. All is of one
-- snapshot, the row as it stands now among it.
WITH RECURSIVE own AS (
    SELECT id, version, quantity, held, sold, drawn
      FROM allocations_stock
     WHERE event_id = %(event)s AND channel_id = %(channel)s AND kind = 'CHANNEL'
), search (id, edge, moment, low, high) AS (
    SELECT own.id, e.edge, e.moment, 0::bigint, own.version
      FROM own CROSS JOIN (VALUES (1, coalesce(%(since)s::timestamptz, '-infinity')),
                                  (2, coalesce(%(until)s::timestamptz, 'infinity'))) e (edge, moment)
    UNION ALL
    SELECT s.id, s.edge, s.moment,
           CASE WHEN m.at < s.moment THEN m.version ELSE s.low END,
           CASE WHEN m.at < s.moment THEN s.high ELSE m.version - 1 END
      FROM search s
      JOIN allocations_movement m ON m.stock_id = s.id AND m.version = (s.low + s.high + 1) / 2
     WHERE s.low < s.high
)
SELECT own.id, b.low, coalesce(o.quantity, 0),
       e.low, coalesce(c.quantity, 0), coalesce(c.held, 0), coalesce(c.sold, 0), coalesce(c.drawn, 0),
       own.version, own.quantity, own.held, own.sold, own.drawn, statement_timestamp(),
       -- Beside the account of a period that has not ended: what its channel may have sold and not reported yet.
       (SELECT to_jsonb(u) FROM allocations_unreportedsales u
         WHERE u.stock_id = own.id AND coalesce(%(until)s::timestamptz, 'infinity') > statement_timestamp())
  FROM own
  JOIN search b ON b.id = own.id AND b.edge = 1 AND b.low = b.high
  JOIN search e ON e.id = own.id AND e.edge = 2 AND e.low = e.high
  LEFT JOIN allocations_movement o ON o.stock_id = own.id AND o.version = b.low
  LEFT JOIN allocations_movement c ON c.stock_id = own.id AND c.version = e.low
 ORDER BY own.id
