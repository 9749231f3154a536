"""A sign for visitors: one word for an event or an item, and no number of ours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from allocations.enums import ChannelKind
from allocations.setup import ListingSetup
from boxoffice.board import Board
from boxoffice.presentation import level_of
from events.enums import EventStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The word of the best that any channel can do. What is stopped may go on, so it comes before sold out.
BY_LEVEL = {
    "plenty": "available",
    "limited": "available",
    "few": "few",
    "stopped": "stopped",
    "none": "none",
    "closed": "closed",
}
WORDS: "dict[str, StrOrPromise]" = {
    "available": _("Tickets available"),
    "few": _("Few tickets left"),
    "stopped": _("Sales stopped"),
    "none": _("Sold out"),
    "closed": _("Not on sale"),
    "cancelled": _("Cancelled"),
    "doors": _("Doors open at {time}"),
    "starts": _("Starts at {time}"),
    "open": _("Open until {time}"),
    "started": _("Started at {time}"),
    "over": _("The event is over"),
}


def sign_of(levels: Iterable[str]) -> str:
    """What visitors are told of listings at these levels. The script's ``signOf`` is the same."""
    present = set(levels)
    return next((sign for level, sign in BY_LEVEL.items() if level in present), "closed")


@dataclass(frozen=True, slots=True)
class Sign:
    """``listings``: those that it speaks of."""

    listings: Sequence[int]
    word: str


def read_sign(board: Board, item_id: int | None, listed: frozenset[int] | None) -> Sign:
    """Of an item, or of all. ``listed``: the channels that the person sees; ``None``: all.

    Hidden channels do not count: what only a guest list still has is sold out for visitors.
    """
    listings = [
        listing
        for listing in board.setup.listings.values()
        if (item_id is None or listing.item_id == item_id) and _is_public(board, listing, listed)
    ]
    word = sign_of(level_of(board.offers[listing.id])[0] for listing in listings)
    if board.setup.status == EventStatus.CANCELLED:
        word = "cancelled"
    return Sign([listing.id for listing in listings], word)


def _is_public(board: Board, listing: ListingSetup, listed: frozenset[int] | None) -> bool:
    channel = listing.channel_id
    is_hidden = board.layout.channel_kinds.get(channel) == ChannelKind.HIDDEN
    return not is_hidden and (listed is None or channel in listed)
