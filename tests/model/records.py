"""What the plain model knows of one event: its stock, bookings and limits, and how it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

OWN, OPEN, LIMIT = "CHANNEL", "OPEN", "LIMIT"

# Kind, then pool and channel, pool and name of the open row, or item and channel of the limit
# ("" for the item's own).
Key = tuple[str, str, str]
Order = Sequence[tuple[str, int]]


class Refused(Exception):
    """``numbers`` of SOLD_OUT are every lawful set of them: rows may be equally tight."""

    def __init__(self, code: str, numbers: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.numbers = numbers


@dataclass
class Row:
    quantity: int = 0
    held: int = 0
    sold: int = 0
    drawn: int = 0
    draws_on: Key | None = None
    may_draw_now: bool = True
    ceiling: int | None = None
    goes_back: bool = False  # its unsold units, at a time that has not come

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


@dataclass
class Line:
    number: int
    item: str
    quantity: int
    refunded: int = 0

    @property
    def kept(self) -> int:
        return self.quantity - self.refunded

    def keep(self, tickets: int, *, on_hold: bool) -> None:
        """Of a hold it is as if the rest had never been; of a sale the rest is refunded."""
        if on_hold:
            self.quantity = tickets
        elif tickets < self.kept:
            self.refunded = self.quantity - tickets
        else:
            self.quantity = tickets + self.refunded


@dataclass
class Booking:
    channel: str
    status: str
    lines: list[Line]
    due: bool = False  # a hold past its time, swept or not

    @property
    def counted(self) -> str:
        return "held" if self.status == "ON_HOLD" else "sold"


@dataclass(frozen=True)
class Part:
    """A plan's line for a channel, or its group of channels: ``draws_on`` names an open row."""

    units: int
    draws_on: str | None = None
    may_draw_now: bool = True
    ceiling: int | None = None
    goes_back: bool | None = None  # None: never; True: later; False: its time has come


@dataclass
class Records:
    """One event, before anything can be done with it."""

    takes: Mapping[str, Mapping[str, int]]  # item → pool → units
    maximum: Mapping[str, int]  # item → most per booking
    capacity: dict[str, int]
    rows: dict[Key, Row]
    bookings: dict[int, Booking] = field(default_factory=dict)
    limits: dict[Key, int] = field(default_factory=dict)
    status: str = "ON_SALE"
    stopped: set[tuple[str, ...]] = field(default_factory=set)
    off: set[tuple[str, str]] = field(default_factory=set)  # (item, channel) not offered
    swept: int = 0  # holds ended so far
    numbers: "count[int]" = field(default_factory=lambda: count(1))
