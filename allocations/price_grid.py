"""The prices of an event as one table, item by channel, changed in one transaction.

What nobody has changed in the table is not written, so that two people may work on different cells.
A cell that both have changed is refused, with what each of them says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from django.utils.formats import date_format
from django.utils.translation import gettext as _t

from allocations.enums import ChannelKind, Pricing
from allocations.errors import PricesRefusedError
from allocations.models import Listing, SalesChannel
from allocations.offers import list_items
from allocations.services import lock_event
from allocations.usual import as_usual, draw_as_usual
from common.actor import Actor
from common.history import update_because
from events.models import Event, Item

# As the columns hold them: ten digits before the point.
HIGHEST = Decimal("9999999999.99")

Key = tuple[int, int]  # item, channel


@dataclass(frozen=True, slots=True)
class Cell:
    """What a channel asks for an item; the bounds are for one that sets its prices freely."""

    price: Decimal
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    is_on: bool = True

    @classmethod
    def of(cls, listing: Listing) -> Self:
        return cls(listing.price, listing.price_floor, listing.price_ceiling, listing.is_on)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person saw in a cell, and what is to stand there; ``None``: it is not sold there."""

    seen: Cell | None
    target: Cell | None

    @property
    def is_none(self) -> bool:
        return self.seen == self.target


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell cannot be so. ``field``: price, floor or ceiling."""

    key: Key
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    made: int
    changed: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Items in their order, the venue's channels by kind, and what there is of both."""

    items: Sequence[Item]
    channels: Sequence[SalesChannel]
    listings: Mapping[Key, Listing]

    @classmethod
    def read(cls, event: Event) -> Self:
        order = list(ChannelKind.values)
        channels = SalesChannel.objects.filter(venue_id=event.venue_id)
        return cls(
            list(Item.objects.filter(event=event).order_by("position", "pk")),
            sorted(
                channels, key=lambda channel: (order.index(channel.kind), channel.name, channel.pk)
            ),
            {
                (listing.item_id, listing.channel_id): listing
                for listing in Listing.objects.filter(event=event)
            },
        )


def set_prices(*, event: Event, wishes: Mapping[Key, Wish], by: Actor, reason: str) -> Outcome:
    """Make and change listings, all or none. Needs a transaction; locks the event first.

    A cell that is emptied is switched off: what was sold there stays, and so does its price. A new
    listing begins with what is usual for its channel (``allocations.usual``). Raises
    ``PricesRefusedError`` with every cell that cannot be so.
    """
    changing = {key: wish for key, wish in wishes.items() if not wish.is_none}
    lock_event(event.pk)
    grid = Grid.read(event)
    problems = _problems(grid, changing)
    if problems:
        raise PricesRefusedError(problems)
    new, old = _drafted(grid, changing)
    list_items(listings=new, by=by, reason=reason)
    draw_as_usual(new, by=by, reason=reason)
    update_because(old, reason, by=by, fields=("price", "price_floor", "price_ceiling", "is_on"))
    return Outcome(len(new), len(old))


def _drafted(grid: Grid, changing: Mapping[Key, Wish]) -> tuple[list[Listing], list[Listing]]:
    items = {item.pk: item for item in grid.items}
    channels = {channel.pk: channel for channel in grid.channels}
    new, old = [], []
    for (item, channel), wish in changing.items():
        listing = grid.listings.get((item, channel))
        target = wish.target
        if listing is None and target is None:
            continue  # somebody has taken it away meanwhile, as was wanted
        if listing is None:
            listing = as_usual(Listing(item=items[item], channel=channels[channel]))
            new.append(listing)
        elif _differs(listing, target):
            old.append(listing)
        cell = target or replace(Cell.of(listing), is_on=False)
        listing.price, listing.is_on = cell.price, cell.is_on
        listing.price_floor, listing.price_ceiling = cell.floor, cell.ceiling
    return new, old


def _differs(listing: Listing, target: Cell | None) -> bool:
    return listing.is_on if target is None else Cell.of(listing) != target


def _problems(grid: Grid, changing: Mapping[Key, Wish]) -> list[CellProblem]:
    items = {item.pk for item in grid.items}
    channels = {channel.pk: channel for channel in grid.channels}
    problems = []
    for key, wish in changing.items():
        item, channel = key
        if item not in items or channel not in channels:
            gone = _t("The item or the channel is not there any more.")
            problems.append(CellProblem(key, "price", gone))
            continue
        listing = grid.listings.get(key)
        conflict = _conflict(listing, wish)
        if conflict:
            problems.append(CellProblem(key, "price", conflict))
        elif wish.target is not None:
            problems += [
                CellProblem(key, field, message)
                for field, message in _unlawful(wish.target, channels[channel])
            ]
    return problems


def _unlawful(cell: Cell, channel: SalesChannel) -> list[tuple[str, str]]:
    problems = []
    named = (("price", cell.price), ("floor", cell.floor), ("ceiling", cell.ceiling))
    for field, amount in named:
        if amount is not None and not 0 <= amount <= HIGHEST:
            problems.append((field, _t("An amount is between 0 and %s.") % f"{HIGHEST:.2f}"))
        elif amount is None and channel.pricing == Pricing.FREE:
            text = _t("The channel sets its prices freely: say between which bounds.")
            problems.append((field, text))
    if problems:
        return problems
    if cell.floor is not None and cell.floor > cell.price:
        text = _t("The floor, %(floor)s, is above the price, %(price)s.")
        problems.append(("floor", text % {"floor": cell.floor, "price": cell.price}))
    if cell.ceiling is not None and cell.ceiling < cell.price:
        text = _t("The ceiling, %(ceiling)s, is below the price, %(price)s.")
        problems.append(("ceiling", text % {"ceiling": cell.ceiling, "price": cell.price}))
    return problems


def _conflict(listing: Listing | None, wish: Wish) -> str:
    """What somebody else has made of a cell meanwhile; empty if nothing, or the same."""
    now = None if listing is None else Cell.of(listing)
    if now in (wish.seen, wish.target):
        return ""
    text = _t("Your page showed %(seen)s, you typed %(wanted)s, and %(who)s.")
    return text % {
        "seen": in_words(wish.seen),
        "wanted": in_words(wish.target),
        "who": _told(listing),
    }


def _told(listing: Listing | None) -> str:
    if listing is None:
        return _t("somebody has taken it away")
    record = listing.history.order_by("-history_id").first()
    local = record.history_date.astimezone(listing.item.event.venue.zone)
    return _t("%(who)s has set %(now)s, %(when)s") % {
        "who": record.history_user or _t("the system"),
        "now": in_words(Cell.of(listing)),
        "when": f"{date_format(local, 'j M Y, H:i:s')} {local:%Z}",
    }


def in_words(cell: Cell | None) -> str:
    if cell is None:
        return _t("nothing")
    price = f"{cell.price:.2f}"
    if cell.floor is not None or cell.ceiling is not None:
        price += f" ({_amount(cell.floor)}–{_amount(cell.ceiling)})"
    return price if cell.is_on else _t("%s, off") % price


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
