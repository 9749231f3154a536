"""From tickets to units: which stock rows a change of a booking touches, and by how much."""

from collections.abc import Iterable
from typing import Literal

from allocations.ledger import Entry
from allocations.setup import EventSetup


def entries_for(
    setup: EventSetup,
    channel_id: int,
    lines: Iterable[tuple[int, int]],
    counter: Literal["held", "sold", "held to sold"],
) -> list[Entry]:
    """Ledger entries for ``lines`` of (item, change in tickets) on the named counter.

    ``held to sold`` confirms: what leaves the one arrives in the other. Raises ``LookupError``
    for an item that the channel has no stock of, which no lawful booking names.
    """
    entries = []
    for item_id, tickets in lines:
        rows = setup.listing_rows(item_id, channel_id)
        if rows is None:
            message = f"Channel {channel_id} has no stock of item {item_id}."
            raise LookupError(message)
        for row_id, units in rows.items():
            change = tickets * units
            entries.append(
                Entry(
                    row_id,
                    held={"held": change, "sold": 0, "held to sold": -change}[counter],
                    sold={"held": 0, "sold": change, "held to sold": change}[counter],
                )
            )
    return entries
