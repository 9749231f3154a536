"""Channels, pools, stock and the ledger in the admin."""

from allocations.admin import channel, ledger, pool

__all__ = ["channel", "ledger", "pool"]
