"""A board as the page's template wants it. The page's script keeps it right afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allocations.counters import Numbers
from allocations.enums import StockKind
from allocations.sellable import SaleStatus
from boxoffice.board import Board, Offer
from common.clock import utc
from events.enums import EventStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Of what could ever be sold, the share below which there are few left.
FEW = 0.1

LEVELS: "dict[str, StrOrPromise]" = {
    "plenty": _("Available"),
    "limited": _("Limited"),
    "few": _("Few left"),
    "none": _("Sold out"),
    "closed": _("Closed"),
}
# The same codes as a refused sale has, in the words of a counter.
CLOSED: "dict[str, StrOrPromise]" = {
    "NOT_ON_SALE": _("Not on sale"),
    "OUTSIDE_SALES_WINDOW": _("Not now"),
    "STOP_SELL": _("Stopped"),
}

# What the script says; it fills in what stands in braces.
WORDS: "dict[str, StrOrPromise]" = {
    "live": pgettext_lazy("connection", "Live"),
    "connecting": _("Connecting…"),
    "stale": _("Not live since {time}"),
    "retrying": _("Reconnecting in {seconds} s"),
    "reconnecting": _("Reconnecting…"),
    "noRedis": _("Live updates are away. The numbers are refreshed every few seconds."),
    "noDatabase": _("The database does not answer. The numbers are {age} old."),
    "noSocket": _("No connection to the live server. The numbers are {age} old."),
    "signedOut": _("You are signed out. The numbers are {age} old: reload to sign in."),
    "refused": _("The live server refuses this address. The numbers are {age} old."),
    "gone": _("You can no longer see this event. The numbers are {age} old."),
    "seconds": _("{n} s"),
    "minutes": _("{n} min"),
    "hours": _("{n} h"),
}


class Segment(NamedTuple):
    """A part of a bar: where it starts and how wide it is, in percent."""

    name: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one channel can sell of one item."""

    offer: Offer
    channel: str
    level: str
    word: "StrOrPromise"
    bar: list[Segment]


def board_context(
    board: Board, as_of: datetime, listed: frozenset[int] | None = None
) -> dict[str, Any]:
    """``listed``: the channels whose listings the person sees; ``None``: all."""
    setup, layout = board.setup, board.layout
    shown = [channel for channel in layout.channel_kinds if listed is None or channel in listed]
    channels = [
        {
            "id": channel,
            "name": setup.channels[channel].name,
            "kind": layout.channel_kinds[channel].label,
        }
        for channel in shown
    ]
    local = setup.starts_at.astimezone(setup.zone)
    return {
        "event": setup,
        "venue": layout.venue,
        "starts": date_format(local, "l j F Y" if layout.all_day else "l j F Y, H:i"),
        "zone": local.strftime("%Z"),
        "on_sale": setup.status == EventStatus.ON_SALE,
        "as_of": utc(as_of),
        "as_of_local": f"{as_of.astimezone(setup.zone):%H:%M:%S}",
        "channels": channels,
        "channel_groups": [
            {"label": label, "span": len(list(group))}
            for label, group in groupby(channels, lambda channel: channel["kind"])
        ],
        "items": _items(board, shown),
        "pools": _pools(board),
        "levels": LEVELS,
        "words": {
            **{name: str(word) for name, word in WORDS.items()},
            "levels": {name: str(word) for name, word in LEVELS.items()},
            "closed": {code: str(word) for code, word in CLOSED.items()},
        },
    }


def level_of(offer: Offer) -> "tuple[str, StrOrPromise]":
    """How much is left, and the word for it. The script's ``levelOf`` is the same."""
    if offer.status == SaleStatus.CLOSED:
        return "closed", CLOSED.get(offer.why, LEVELS["closed"])
    if offer.status == SaleStatus.SOLD_OUT:
        level = "none"
    elif offer.sellable < offer.possible * FEW:
        level = "few"
    else:
        level = "limited" if offer.status == SaleStatus.LIMITED else "plenty"
    return level, LEVELS[level]


def bar_of(**parts: int) -> list[Segment]:
    """Widths in proportion; the rest of the bar stays empty only when all are nothing."""
    total = sum(parts.values())
    segments, start = [], 0
    for name, units in parts.items():
        left, width = (100 * start / total, 100 * units / total) if total else (0, 0)
        segments.append(Segment(name, f"{left:.3f}%", f"{width:.3f}%"))
        start += units
    return segments


def _items(board: Board, channels: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    setup = board.setup
    for item in setup.items.values():
        cells: list[Cell | None] = []
        for channel_id in channels:
            listing = setup.listings.get((item.id, channel_id))
            cells.append(
                _cell(board.offers[listing.id], setup.channels[channel_id].name)
                if listing
                else None
            )
        limit = board.counters[item.limit_row] if item.limit_row is not None else None
        yield {
            "name": item.name,
            "kind": item.kind.label,
            "takes": ", ".join(
                f"{units} × {setup.pool_names[pool]}" if units > 1 else setup.pool_names[pool]
                for pool, units in item.units.items()
            ),
            "limit_row": item.limit_row,
            "limit": limit,
            "cells": cells,
        }


def _cell(offer: Offer, channel: str) -> Cell:
    level, word = level_of(offer)
    return Cell(
        offer, channel, level, word, bar_of(sold=offer.sold, held=offer.held, free=offer.left)
    )


def _pools(board: Board) -> Iterable[Mapping[str, Any]]:
    setup = board.setup
    order = {channel: place for place, channel in enumerate(board.layout.channel_kinds)}
    for pool_id, name in setup.pool_names.items():
        rows = [row for row in setup.rows.values() if row.pool_id == pool_id]
        own = sorted(
            (row for row in rows if row.channel_id is not None),
            key=lambda row: order.get(row.channel_id or 0, len(order)),
        )
        common = [row for row in rows if row.kind == StockKind.OPEN]
        counted = [board.counters[row.id] for row in own]
        sold, held = sum(row.sold for row in counted), sum(row.held for row in counted)
        free = sum(row.quantity for row in counted) - sold - held
        in_open = sum(board.counters[row.id].quantity for row in common)
        yield {
            "id": pool_id,
            "name": name,
            "capacity": sold + held + free + in_open,
            "sold": sold,
            "held": held,
            "free": free,
            "open": in_open,
            "left": free + in_open,
            "bar": bar_of(sold=sold, held=held, free=free, open=in_open),
            "rows": [
                {
                    "id": row.id,
                    "name": _row_name(board, row.id),
                    "is_open": row.kind == StockKind.OPEN,
                    **_row_numbers(board.counters[row.id]),
                }
                for row in (*own, *common)
            ],
        }


def _row_name(board: Board, row_id: int) -> "StrOrPromise":
    row = board.setup.rows[row_id]
    if row.channel_id is None:
        return row.name or _("Open to several channels")
    channel = board.setup.channels.get(row.channel_id)
    return channel.name if channel else _("A channel that lists nothing")


def _row_numbers(row: Numbers) -> dict[str, Any]:
    free = row.quantity - row.held - row.sold
    return {
        "numbers": row,
        "free": free,
        "bar": bar_of(sold=row.sold, held=row.held, free=free),
    }
