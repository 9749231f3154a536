"""Allocation plans: editor, versions, letters."""
