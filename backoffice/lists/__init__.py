"""Saved views of the lists of the back office (docs/lists.md)."""
