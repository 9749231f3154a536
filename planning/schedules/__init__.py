"""Reports by e-mail at set times (docs/reports.md)."""
