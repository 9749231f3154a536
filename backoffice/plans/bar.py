"""A pool's capacity as one bar of who has what: each part has a mark beside its color and hatching."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from allocations.enums import ChannelKind, StockKind
from allocations.models import SalesChannel, Stock

OPEN, GROUP = "open", "group"
NO_MARK = "○"
# Below that a mark has no room; the legend has it anyway.
MARKED_FROM = 3.0

# A channel's number, a group's name; the general open row has an empty one.
Key = int | str


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the bar and of its legend."""

    key: Key
    mark: str
    name: str
    kind: str  # of the channel; or open, or group
    units: int
    percent: float  # of the capacity
    width: float

    def drawn(self, slug: str) -> SafeString:
        """The id stays with the row, so that a width glides where it changes."""
        mark = format_html("<b>{}</b>", self.mark) if self.width >= MARKED_FROM else ""
        row = "line" if isinstance(self.key, int) else "pot"
        return format_html(
            '<i id="{}-{}-{}" class="plan-part {}" style="width:{}%">{}</i>',
            *(slug, row, self.mark, self.kind, f"{self.width:.3f}", mark),
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """``label`` says of when it is, ``slug`` keeps the ids of several bars apart."""

    slug: str
    label: str
    parts: Sequence[Part]
    limit: float  # where the capacity ends: below 100 when more is given away

    @property
    def drawn(self) -> SafeString:
        text = ", ".join(f"{part.name} {part.units:,}" for part in self.parts if part.units)
        parts = format_html_join("", "{}", ((part.drawn(self.slug),) for part in self.parts))
        beyond = ""
        if self.limit < 100:  # noqa: PLR2004 - percent
            beyond = format_html(
                '<span class="plan-limit" style="left:{}%"></span>', f"{self.limit:.3f}"
            )
        return format_html(
            '<div class="plan-bar" role="img" aria-label="{}: {}">{}{}</div>',
            *(self.label, text, parts, beyond),
        )


def key_of(row: Stock) -> Key:
    return row.channel_id if row.channel_id is not None else row.name


def by_kind(channels: Iterable[SalesChannel]) -> list[SalesChannel]:
    """In the order of their kinds, then by name."""
    kinds = list(ChannelKind.values)
    return sorted(
        channels, key=lambda channel: (kinds.index(channel.kind), channel.name, channel.pk)
    )


def in_order(rows: Iterable[Stock], channels: Iterable[SalesChannel]) -> list[Stock]:
    """Channels in their order, then groups by name, the general open row last. What is out of sale has no part."""
    place = {channel.pk: number for number, channel in enumerate(channels)}
    return sorted(
        (row for row in rows if row.kind != StockKind.KILLED),
        key=lambda row: (
            row.kind == StockKind.OPEN,
            not row.name if row.kind == StockKind.OPEN else False,
            row.name,
            place.get(row.channel_id or 0, len(place)),
            row.channel_id or 0,
        ),
    )


def marks_of(rows: Sequence[Stock]) -> dict[Key, str]:
    """Channels are numbered, groups have letters."""
    keys = [key_of(row) for row in rows]
    names = [key for key in keys if isinstance(key, str) and key]
    marks: dict[Key, str] = {"": NO_MARK}
    marks |= {name: _letters(at) for at, name in enumerate(names)}
    for number, key in enumerate((key for key in keys if isinstance(key, int)), 1):
        marks[key] = str(number)
    return marks


def _letters(at: int) -> str:
    """A, B … Z, AA, AB …"""
    rest, last = divmod(at, len(ascii_uppercase))
    return (_letters(rest - 1) if rest else "") + ascii_uppercase[last]


def bar_of(
    rows: Sequence[Stock],
    units: Mapping[Key, int],
    capacity: int,
    *,
    slug: str,
    label: str,
) -> Bar:
    """Rows in order, with the units that each has or would have."""
    marks = marks_of(rows)
    whole = max(capacity, sum(units.get(key_of(row), 0) for row in rows), 1)
    parts = []
    for row in rows:
        key = key_of(row)
        quantity = units.get(key, 0)
        percent = 100 * quantity / capacity if capacity else 0.0
        width = 100 * quantity / whole
        parts.append(Part(key, marks[key], _name(row), _kind(row), quantity, percent, width))
    return Bar(slug, label, parts, 100 * capacity / whole)


def _name(row: Stock) -> str:
    if row.channel_id is not None:
        return str(row.channel)
    return row.name or _t("Open stock")


def _kind(row: Stock) -> str:
    if row.channel is not None:
        return f"kind-{row.channel.kind}"
    return GROUP if row.name else OPEN
