from allocations.models.channel import Listing, SalesChannel
from allocations.models.contact import ChannelContact
from allocations.models.stock import Movement, Stock

__all__ = ["ChannelContact", "Listing", "Movement", "SalesChannel", "Stock"]
