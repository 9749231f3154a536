"""A board as the page's template wants it. The page's script keeps it right afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from allocations.counters import Numbers
from allocations.enums import REPORTS_LATE, StockKind
from allocations.sellable import SaleStatus
from allocations.setup import ListingSetup
from boxoffice.board import Board, Offer
from boxoffice.doors import Hours, Opening
from boxoffice.words import LEVELS, STOPPED, WORDS
from common.clock import utc
from common.text import number
from events.enums import SalesState
from sales.event_state import EventState, state_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Of what could ever be sold, the share below which there are few left.
FEW = 0.1


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
    late: "list[Late]"


@dataclass(frozen=True, slots=True)
class Late:
    """Where it stands what a channel that reports late has sold of a pool. The ``text`` is empty until it has reported."""

    stock: int
    pool: str
    text: str


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
        "starts": date_format(local, "l j F Y" if layout.hours.all_day else "l j F Y, H:i"),
        "zone": local.strftime("%Z"),
        "state": (state := state_of(setup, layout.hours.over_at, as_of, listed)),
        "turns_at": utc(state.turns_at) if state.turns_at else "",
        "state_tone": _tone(state),
        "as_of": utc(as_of),
        "as_of_local": f"{as_of.astimezone(setup.zone):%H:%M:%S}",
        "doors": {
            "all_day": layout.hours.all_day,
            "openings": [
                _opening(layout.hours, opening) for opening in layout.hours.openings(as_of)
            ],
        },
        "channels": channels,
        "channel_groups": [
            {"label": label, "span": len(list(group))}
            for label, group in groupby(channels, lambda channel: channel["kind"])
        ],
        "items": _items(board, shown, as_of),
        "pools": _pools(board, as_of),
        "levels": LEVELS,
        "words": {
            **{name: str(word) for name, word in WORDS.items()},
            "levels": {name: str(word) for name, word in LEVELS.items()},
        },
    }


def _tone(state: EventState) -> str:
    """How a board says it: nothing to say, some of it, stopped, or not on sale. Its script takes it over."""
    if state.state == SalesState.OPEN:
        return "open"
    if state.state in (SalesState.STOPPED, SalesState.ALL_STOPPED):
        return "stopped"
    return "partly" if state.sells else "closed"


def _opening(hours: Hours, opening: Opening) -> dict[str, object]:
    """Moments as a script reads them, and as they stand on the venue's clock."""
    opens, closes = opening
    return {
        "opens": int(opens.timestamp() * 1000),
        "closes": int(closes.timestamp() * 1000),
        "opens_text": f"{opens.astimezone(hours.zone):%H:%M}",
        "opens_on": f"{opens.astimezone(hours.zone):%Y-%m-%d}",
        "day_text": date_format(opens.astimezone(hours.zone), "l j F"),
        "closes_text": f"{closes.astimezone(hours.zone):%H:%M}",
    }


def level_of(offer: Offer) -> "tuple[str, StrOrPromise]":
    """How much is left, and the word for it. The script's ``levelOf`` is the same."""
    if offer.status == SaleStatus.CLOSED and offer.why == STOPPED:
        return "stopped", LEVELS["stopped"]
    if offer.status == SaleStatus.CLOSED:
        return "closed", LEVELS["closed"]
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


def _items(board: Board, channels: Sequence[int], as_of: datetime) -> Iterable[Mapping[str, Any]]:
    setup = board.setup
    for item in setup.items.values():
        cells: list[Cell | None] = []
        for channel_id in channels:
            listing = setup.listings.get((item.id, channel_id))
            cells.append(_cell(board, listing, as_of) if listing else None)
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


def _cell(board: Board, listing: ListingSetup, as_of: datetime) -> Cell:
    setup, offer = board.setup, board.offers[listing.id]
    level, word = level_of(offer)
    units = setup.items[listing.item_id].units
    late = [
        _late(board, row_id, as_of, setup.pool_names[pool_id] if len(units) > 1 else "")
        for pool_id in units
        if (row_id := setup.channel_rows.get((pool_id, listing.channel_id))) is not None
        and _is_late(board, row_id)
    ]
    return Cell(
        offer,
        setup.channels[listing.channel_id].name,
        level,
        word,
        bar_of(sold=offer.sold, held=offer.held, free=offer.left),
        late,
    )


def _is_late(board: Board, row_id: int) -> bool:
    channel = board.setup.channels.get(board.setup.rows[row_id].channel_id or 0)
    return channel is not None and channel.connectivity in REPORTS_LATE


def _late(board: Board, row_id: int, as_of: datetime, pool: str = "") -> Late:
    """The script's ``late`` says the same."""
    estimate = board.unreported.get(row_id)
    if estimate is None:
        return Late(row_id, pool, "")
    sold, zone = board.counters[row_id].sold, board.setup.zone
    at = estimate.reported_at.astimezone(zone)
    is_today = at.date() == as_of.astimezone(zone).date()
    word = WORDS["notEstimated" if estimate.about is None else "estimated"]
    text = str(word).format(
        reported=number(sold),
        time=f"{at:%H:%M}" if is_today else date_format(at, "j M H:i"),
        about=number(sold + (estimate.about or 0)),
        low=number(sold + (estimate.low or 0)),
        high=number(sold + (estimate.high or 0)),
    )
    return Late(row_id, pool, f"{pool}: {text}" if pool else text)


def _pools(board: Board, as_of: datetime) -> Iterable[Mapping[str, Any]]:
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
        out = sum(board.counters[row.id].quantity for row in rows if row.kind == StockKind.KILLED)
        yield {
            "id": pool_id,
            "name": name,
            "capacity": sold + held + free + in_open,
            "sold": sold,
            "held": held,
            "free": free,
            "open": in_open,
            "out": out,
            "left": free + in_open,
            "bar": bar_of(sold=sold, held=held, free=free, open=in_open),
            "rows": [
                {
                    "id": row.id,
                    "name": _row_name(board, row.id),
                    "is_open": row.kind == StockKind.OPEN,
                    "late": _late(board, row.id, as_of) if _is_late(board, row.id) else None,
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
