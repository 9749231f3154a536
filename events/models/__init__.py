from events.models.commit import Commit
from events.models.event import Event, Series
from events.models.inventory import Component, Item, Pool
from events.models.part import PartOfEvent
from events.models.stoppable import Stoppable
from events.models.venue import Venue

__all__ = [
    "Commit",
    "Component",
    "Event",
    "Item",
    "PartOfEvent",
    "Pool",
    "Series",
    "Stoppable",
    "Venue",
]
