-- The rules; what is owed is the sales' own judgement (sales/selectors.py), which payment_overdue.py holds
-- against them.
SELECT * FROM alerts_rules_of_venues('PAYMENT_OVERDUE')
