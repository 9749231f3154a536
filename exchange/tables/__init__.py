"""The sheets of a set-up workbook, in the order in which they rest on one another."""

from exchange.base import Column, Table
from exchange.tables.dates import Events
from exchange.tables.inventory import Items, Pools
from exchange.tables.listings import Listings
from exchange.tables.places import Channels, SeriesTable, Venues
from exchange.tables.plans import Plans

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Venues(),
        SeriesTable(),
        Channels(),
        Events(),
        Pools(),
        Items(),
        Listings(),
        Plans(),
    )
}

__all__ = ["TABLES", "Column"]
