-- What sales have drawn from open stock and what they have given back: one row for each stretch of
-- the ledger (a stock row's movements between two versions) and each of the venue's days. Lateral,
-- so that each stretch is one range of the index: a join of both would compare each movement with
-- each stretch.
SELECT s.stock, s.low, d.since, d.at, d.drawn, d.given_back
  FROM unnest(%(stocks)s::bigint[], %(lows)s::bigint[], %(highs)s::bigint[]) s (stock, low, high)
 CROSS JOIN LATERAL (
    SELECT min(m.version) AS first, min(m.at) AS since, max(m.at) AS at,
           coalesce(sum(m.delta_quantity) FILTER (WHERE m.delta_quantity > 0), 0) AS drawn,
           coalesce(sum(m.delta_quantity) FILTER (WHERE m.delta_quantity < 0), 0) AS given_back
      FROM allocations_movement m
     WHERE m.stock_id = s.stock AND m.version > s.low AND m.version < s.high
       AND m.delta_quantity <> 0
     GROUP BY (m.at AT TIME ZONE %(zone)s)::date
 ) d
 ORDER BY s.stock, s.low, d.first
