-- What the last comparison of stock, ledger and bookings has found.
SELECT r.rule_id, 'ledger' AS subject, NULL::bigint AS venue_id, c.differences::float8 AS seen,
       r.threshold::float8, c.differences >= greatest(r.threshold, 1) AS holds, c.differences = 0 AS has_ended,
       jsonb_build_object('differences', c.differences, 'lines', to_jsonb(c.lines)) AS details
  FROM alerts_rules_of_venues('LEDGER_DIFFERENCE') r
  JOIN (SELECT * FROM sales_ledgercheck ORDER BY id DESC LIMIT 1) c ON true
 WHERE r.venue_id IS NULL
