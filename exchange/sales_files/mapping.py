"""How the sales files of a channel are read: which column is what, and what its words mean.

A mapping is made once for a channel, on a file itself, and kept as versions (``offline.models.FileMapping``).
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from common.errors import InvalidInputError
from common.names import name_key
from offline.enums import FileMode

# What a column can be. Only the item is always needed: a row without a quantity is one ticket.
ROLES = ("event", "date", "item", "quantity", "price", "reference", "time", "status")
DECIMAL_SIGNS = ("", ".", ",")


@dataclass(frozen=True, slots=True)
class FileMapping:
    """``columns``: role → heading. ``items``, ``events``: words of the file → our names.

    ``counted``: where a column says the status of a sale, the words that mean that it stands; any other takes it
    back. ``decimal``: the sign before decimals, where a number could be read in two ways. ``event_id``: of a file
    of one event.
    """

    mode: FileMode
    columns: Dictionary[str, str]
    items: Dictionary[str, str] = field(default_factory=dict)
    events: Dictionary[str, str] = field(default_factory=dict)
    counted: Sequence[str] = ()
    decimal: str = ""
    event_id: int | None = None

    def __post_init__(self) -> None:
        """Raises ``InvalidInputError`` for what cannot be meant."""
        unknown = sorted(set(self.columns) - set(ROLES))
        if unknown:
            raise InvalidInputError(
                f"A column is one of {', '.join(ROLES)}; not {unknown[0]}.", field="columns"
            )
        needed = {"item"} | ({"reference"} if self.mode == FileMode.LINES else {"quantity"})
        if self.event_id is None:
            needed.add("event")
        if missing := sorted(needed - set(self.columns)):
            raise InvalidInputError(f"Say which column has: {', '.join(missing)}.", field="columns")
        headings = [name_key(heading) for heading in self.columns.values()]
        if len(set(headings)) < len(headings):
            raise InvalidInputError("Two of these are the same column.", field="columns")
        if self.decimal not in DECIMAL_SIGNS:
            raise InvalidInputError("Decimals stand after a comma or a point.", field="decimal")

    @classmethod
    def of(cls, content: Dictionary[str, Any]) -> Self:
        """From what ``content`` has kept."""
        return cls(**{**content, "mode": FileMode(content["mode"])})

    @property
    def content(self) -> dict[str, Any]:
        return asdict(self) | {"mode": self.mode.value, "counted": list(self.counted)}

    def fits(self, headings: Sequence[str]) -> bool:
        """Whether a row of headings has all of its columns."""
        return {name_key(heading) for heading in self.columns.values()} <= set(headings)


# Those that are there from the beginning, in the order in which a file is held against them.
READY: Dictionary[str, FileMapping] = {
    "plain": FileMapping(
        FileMode.LINES,
        {
            "event": "event",
            "date": "date",
            "item": "item",
            "quantity": "quantity",
            "price": "price",
            "reference": "reference",
            "time": "time",
        },
    ),
    "totals": FileMapping(
        FileMode.TOTALS,
        {"event": "event", "date": "date", "item": "item", "quantity": "sold so far"},
    ),
    # The list of order positions of pretix; a row is a ticket.
    "pretix": FileMapping(
        FileMode.LINES,
        {
            "event": "Event slug",
            "item": "Product",
            "price": "Price",
            "reference": "Order code",
            "time": "Order date",
            "status": "Status",
        },
        counted=("paid", "bezahlt", "pending", "ausstehend"),
    ),
    # The attendee report of Eventbrite; a row is an attendee, or with a quantity several.
    "eventbrite": FileMapping(
        FileMode.LINES,
        {
            "event": "Event Name",
            "item": "Ticket Type",
            "reference": "Order #",
            "time": "Order Date",
            "status": "Attendee Status",
        },
        counted=("attending", "checked in"),
    ),
}


def ready_for(headings: Sequence[str]) -> FileMapping | None:
    """The first ready mapping that fits these headings."""
    return next((mapping for mapping in READY.values() if mapping.fits(headings)), None)
