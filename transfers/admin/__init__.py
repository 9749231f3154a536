"""Transfers in the admin: the allocation statement of a channel and event."""

from transfers.admin import statement

__all__ = ["statement"]
