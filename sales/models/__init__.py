from sales.models.block import Block, BlockLine, HoldChange, NamedHold
from sales.models.booking import (
    Booking,
    BookingLine,
    ContactErasure,
    LedgerCheck,
    PaymentMark,
    new_uuid,
    total_of,
)
from sales.models.cancellation import ChannelSettlement, EventCancellation
from sales.models.day_sums import DayChange, DaySold, DaySums
from sales.models.guest import Guest, HandOut
from sales.models.turned_away import TurnedAway

__all__ = (
    "Block",
    "BlockLine",
    "Booking",
    "BookingLine",
    "ChannelSettlement",
    "ContactErasure",
    "DayChange",
    "DaySold",
    "DaySums",
    "EventCancellation",
    "Guest",
    "HandOut",
    "HoldChange",
    "LedgerCheck",
    "NamedHold",
    "PaymentMark",
    "TurnedAway",
    "new_uuid",
    "total_of",
)
