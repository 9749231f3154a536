from events.models.event import Event, Series
from events.models.inventory import Component, Item, Pool
from events.models.venue import Venue

__all__ = ["Component", "Event", "Item", "Pool", "Series", "Venue"]
