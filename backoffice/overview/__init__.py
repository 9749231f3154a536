"""The first page, and the set-up guides."""
