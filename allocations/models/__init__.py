from allocations.models.channel import Listing, SalesChannel
from allocations.models.stock import Movement, Stock

__all__ = ["Listing", "Movement", "SalesChannel", "Stock"]
