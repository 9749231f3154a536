"""Events, items, listings and bookings in the admin.

Events, items and listings stand here, and not in the apps of their models, because their pages
show or change what is counted by sales: limits, components that are frozen once sold.
"""

from sales.admin import booking, erasure, event, item, listing

__all__ = ["booking", "erasure", "event", "item", "listing"]
