"""What was turned away: refused sales and holds, counted outside the sale (docs/reports.md, ADR 28)."""
