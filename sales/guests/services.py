"""What pages ask of guest lists."""

from sales.guests.hand_outs import HandOutOrder, hand_out, undo
from sales.guests.lists import (
    LONGEST_CONTACT,
    LONGEST_NAME,
    LONGEST_NOTE,
    MAX_GUESTS,
    MOST_TICKETS,
    GuestEntry,
)
from sales.guests.lists import add as add_guests
from sales.guests.lists import change as change_guest
from sales.guests.lists import remove as remove_guest

__all__ = (
    "LONGEST_CONTACT",
    "LONGEST_NAME",
    "LONGEST_NOTE",
    "MAX_GUESTS",
    "MOST_TICKETS",
    "GuestEntry",
    "HandOutOrder",
    "add_guests",
    "change_guest",
    "hand_out",
    "remove_guest",
    "undo",
)
