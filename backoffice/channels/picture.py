"""The channel map as a picture: stock flows from the left through the kinds to the channels.

Only geometry: where each shape stands, in the units of the drawing. The template draws it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allocations.enums import ChannelKind
from allocations.selectors import ChannelMap, MappedChannel
from backoffice.kit.bars import words
from common.addresses import change_url

SLOT, GAP, TEXT = 56.0, 14.0, 40.0  # of a channel; between kinds; of two lines
UNITS_HEIGHT = 0.62  # of the channels' height is what all units fill together
OPEN = "open"
LEAST = 3.0  # a node or ribbon is never thinner, or nobody would see it
NODE = 14.0
STOCK_X, GROUP_X, CHANNEL_X = 0.0, 330.0, 690.0
DRAW_X = 470.0  # beyond the name of an open row
BAR_X, BAR_WIDTH = 716.0, 278.0


@dataclass(slots=True)
class Node:
    """A kind, an open row or a channel. ``y`` is its middle."""

    key: str  # the kind, "open" or the channel's number
    name: str
    units: int
    height: float
    y: float = 0.0

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def text_top(self) -> float:
        """Where the box of its lines of text begins, which takes the click."""
        return self.y - 22


@dataclass(frozen=True, slots=True)
class Ribbon:
    """From one node to the next; ``kind`` colors it."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class ChannelNode:
    mapped: MappedChannel
    url: str
    node: Node
    words: str
    bar: tuple[tuple[str, float, float], ...]  # (sold or held; x; width); the rest is free

    @property
    def bar_top(self) -> float:
        return self.node.y - 3


@dataclass(frozen=True, slots=True)
class Picture:
    height: float
    stock: tuple[tuple[str, float, float], ...]  # (kind or open; top; height)
    kinds: tuple[Node, ...]
    open_rows: tuple[Node, ...]
    channels: tuple[ChannelNode, ...]
    ribbons: tuple[Ribbon, ...]
    draws: tuple[str, ...]  # paths from open rows to the channels that draw on them

    @property
    def box_height(self) -> int:
        return round(self.height) + 12


def draw(venue_map: ChannelMap) -> Picture:
    scale = UNITS_HEIGHT * SLOT * max(len(venue_map.channels), 4) / max(venue_map.units, 1)
    channels, low = _channels(venue_map.channels, scale)
    kinds = _kinds(channels, scale)
    open_rows = [_open(row.name, row.quantity, channels, scale) for row in venue_map.open_rows]
    groups = sorted([*kinds, *open_rows], key=lambda node: node.y)
    height = max(low, sum(_room(node) for node in groups) + GAP * len(groups))
    _spread(groups, height)
    ribbons, stock = _from_stock(groups, height)
    return Picture(
        height=height,
        stock=stock,
        kinds=tuple(kinds),
        open_rows=tuple(open_rows),
        channels=tuple(channels),
        ribbons=(*ribbons, *_to_channels(kinds, channels)),
        draws=tuple(_draws(open_rows, channels)),
    )


def _thick(units: int, scale: float) -> float:
    return max(units * scale, LEAST)


def _channels(channels: Sequence[MappedChannel], scale: float) -> tuple[list[ChannelNode], float]:
    """One below the other, and how far down they reach."""
    nodes: list[ChannelNode] = []
    y = 0.0
    for entry in channels:
        if nodes and nodes[-1].mapped.channel.kind != entry.channel.kind:
            y += GAP
        units = entry.allocation.quantity
        thick = _thick(units, scale)
        slot = max(SLOT, thick + GAP)
        name = entry.channel.name
        node = Node(str(entry.channel.pk), name, units, thick, y + slot / 2)
        nodes.append(
            ChannelNode(
                entry, change_url(entry.channel), node, words(entry.allocation), _bar(entry)
            )
        )
        y += slot
    return nodes, y


def _bar(entry: MappedChannel) -> tuple[tuple[str, float, float], ...]:
    """What is sold and on hold of the channel's own stock, as parts of one width."""
    allocation = entry.allocation
    if not allocation.quantity:
        return ()
    parts, x = [], BAR_X
    for name, units in (("sold", allocation.sold), ("held", allocation.held)):
        width = BAR_WIDTH * units / allocation.quantity
        parts.append((name, x, width))
        x += width
    return tuple(parts)


def _kinds(channels: Sequence[ChannelNode], scale: float) -> list[Node]:
    nodes = []
    for kind in ChannelKind:
        kind_nodes = [channel.node for channel in channels if channel.mapped.channel.kind == kind]
        if kind_nodes:
            units = sum(node.units for node in kind_nodes)
            middle = sum(node.y for node in kind_nodes) / len(kind_nodes)
            nodes.append(Node(kind.value, str(kind.label), units, _thick(units, scale), middle))
    return nodes


def _open(name: str, units: int, channels: Sequence[ChannelNode], scale: float) -> Node:
    """Beside the channels that draw on it; below all where none does."""
    levels = [channel.node.y for channel in channels if name in channel.mapped.allocation.draws_on]
    last = channels[-1].node.y if channels else 0.0
    y = sum(levels) / len(levels) if levels else last + SLOT
    return Node(OPEN, name, units, _thick(units, scale), y)


def _room(node: Node) -> float:
    """A node is as high as itself or as its two lines of text."""
    return max(node.height, TEXT)


def _spread(nodes: Sequence[Node], height: float) -> None:
    """Move nodes apart, in their order, within the height."""
    low = 0.0
    for node in nodes:
        node.y = max(node.y, low + _room(node) / 2)
        low = node.y + _room(node) / 2 + GAP
    high = height
    for node in reversed(nodes):
        node.y = min(node.y, high - _room(node) / 2)
        high = node.y - _room(node) / 2 - GAP


def _from_stock(
    groups: Sequence[Node], height: float
) -> tuple[list[Ribbon], tuple[tuple[str, float, float], ...]]:
    """The stock's bar, and a ribbon from each part of it to a kind or an open row."""
    y = (height - sum(node.height for node in groups)) / 2
    ribbons, parts = [], []
    for node in groups:
        parts.append((node.key, y, node.height))
        path = _ribbon((STOCK_X + NODE, y), (GROUP_X, node.top), node.height, node.height)
        ribbons.append(Ribbon(path, node.key))
        y += node.height
    return ribbons, tuple(parts)


def _to_channels(kinds: Iterable[Node], channels: Sequence[ChannelNode]) -> Iterable[Ribbon]:
    for kind in kinds:
        kind_nodes = [
            channel.node for channel in channels if channel.mapped.channel.kind == kind.key
        ]
        y = kind.top
        total = sum(node.height for node in kind_nodes)
        for node in kind_nodes:
            # What leaves a kind fills it, though thin ones were drawn thicker than they are.
            height = kind.height * node.height / total
            start, end = (GROUP_X + NODE, y), (CHANNEL_X, node.top)
            yield Ribbon(_ribbon(start, end, height, node.height), kind.key)
            y += height


def _draws(open_rows: Iterable[Node], channels: Sequence[ChannelNode]) -> Iterable[str]:
    for row in open_rows:
        for channel in channels:
            if row.name in channel.mapped.allocation.draws_on:
                yield _curve((DRAW_X, row.y), (CHANNEL_X, channel.node.y))


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = start, end
    middle = (x + to_x) / 2
    return f"M{x:.1f},{y:.1f}C{middle:.1f},{y:.1f} {middle:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}"


def _ribbon(
    start: tuple[float, float], end: tuple[float, float], thick: float, to_thick: float
) -> str:
    """An area between two curves; ``start`` and ``end`` are its upper corners."""
    (x, y), (to_x, to_y) = start, end
    middle = (x + to_x) / 2
    low, to_low = y + thick, to_y + to_thick
    return (
        f"{_curve(start, end)}L{to_x:.1f},{to_low:.1f}"
        f"C{middle:.1f},{to_low:.1f} {middle:.1f},{low:.1f} {x:.1f},{low:.1f}Z"
    )
