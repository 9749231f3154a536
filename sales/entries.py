"""From tickets to units: which stock rows a change of a booking touches, and by how much."""

from collections.abc import Iterable
from enum import Enum, auto

from allocations.ledger import Entry
from allocations.setup import EventSetup


class Counted(Enum):
    """Which counters tickets change: those on hold, those sold, or from the one to the other."""

    HELD = auto()
    SOLD = auto()
    HELD_TO_SOLD = auto()


def entries_for(
    setup: EventSetup,
    channel_id: int,
    lines: Iterable[tuple[int, int]],
    counted: Counted,
) -> list[Entry]:
    """Ledger entries for ``lines`` of (item, change in tickets).

    Raises ``LookupError`` for an item that the channel has no stock of, which no lawful booking
    names.
    """
    held = {Counted.HELD: 1, Counted.SOLD: 0, Counted.HELD_TO_SOLD: -1}[counted]
    sold = {Counted.HELD: 0, Counted.SOLD: 1, Counted.HELD_TO_SOLD: 1}[counted]
    entries = []
    for item_id, tickets in lines:
        rows = setup.listing_rows(item_id, channel_id)
        if rows is None:
            message = f"Channel {channel_id} has no stock of item {item_id}."
            raise LookupError(message)
        for row_id, units in rows.items():
            change = tickets * units
            entries.append(Entry(row_id, held=held * change, sold=sold * change))
    return entries
