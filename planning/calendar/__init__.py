"""A calendar of what opens, closes, lapses and goes back, for programs that people read it with (docs/reports.md)."""
