"""Import and export in the admin: the page of both, the runs, and the export of a list."""

from exchange.admin import actions, runs

__all__ = ["actions", "runs"]
