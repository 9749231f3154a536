"""Reports: what was sold, moved, refunded, turned away and is held, as tables with a picture (docs/reports.md)."""
