"""Shapes to begin a plan with: one for each strategy of the guide, in the venue's own channels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _t

from allocations.enums import ChannelKind, Draws, Opens, Strategy
from allocations.models import SalesChannel
from allocations.plans.shares import units_of
from allocations.plans.spec import Group, Line, PlanSpec
from events.models import Event

PARTNERS = (ChannelKind.PARTNER, ChannelKind.THIRD_PARTY)
PARTNERS_PERCENT = 50
OWN = (ChannelKind.DIRECT, ChannelKind.PHYSICAL)
# How long before the start the other channels begin, where there is that much time.
OTHERS_OPEN_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class Shares:
    """Percent of the capacity: for direct and for physical channels, and one that partners share."""

    direct: Decimal = Decimal(30)
    physical: Decimal = Decimal(20)
    partners: Decimal = Decimal(50)


def by_shares(channels: Sequence[SalesChannel], shares: Shares) -> PlanSpec:
    """Thirty, twenty, fifty: own channels have parts, and all partners draw on one common part.

    Channels of one kind have the same each; hidden ones have nothing until somebody gives it.
    """
    parts = {
        ChannelKind.DIRECT: shares.direct,
        ChannelKind.PHYSICAL: shares.physical,
    }
    line_by_channel: dict[int, Line] = {}
    for kind, percent in parts.items():
        own = [channel for channel in channels if channel.kind == kind]
        line_by_channel |= {line.channel_id: line for line in _equal(own, percent)}
    partners = [channel for channel in channels if channel.kind in PARTNERS]
    groups = [Group(name=_t("Partners"), percent=shares.partners)] if partners else []
    line_by_channel |= {
        channel.pk: Line(channel_id=channel.pk, units=0, draws=Draws.GROUP, group=_t("Partners"))
        for channel in partners
    }
    nothing = [Line(channel_id=channel.pk, units=0) for channel in channels]
    return PlanSpec([line_by_channel.get(line.channel_id, line) for line in nothing], groups)


def beginning(
    strategy: Strategy,
    channels: Sequence[SalesChannel],
    event: Event,
    capacity: int,
    now: datetime,
) -> PlanSpec:
    """A plan of that shape for these channels, to be changed by whoever knows them."""
    match strategy:
        case Strategy.FIXED:
            return PlanSpec(_equal(channels, 100))
        case Strategy.PRIORITY:
            return PlanSpec(_in_turn(channels, event, now))
        case Strategy.DYNAMIC:
            return PlanSpec(_with_floors(channels, capacity))
        case Strategy.HYBRID:
            partners = [channel for channel in channels if channel.kind in PARTNERS]
            fixed = {line.channel_id: line for line in _equal(partners, PARTNERS_PERCENT)}
            return PlanSpec([fixed.get(channel.pk, _drawing(channel)) for channel in channels])


def _equal(channels: Sequence[SalesChannel], percent: int | Decimal) -> list[Line]:
    """Each the same; what two decimals cannot share stays in the open stock."""
    share = Decimal(int(100 * percent) // max(len(channels), 1)) / 100
    return [Line(channel_id=channel.pk, percent=share) for channel in channels]


def _drawing(channel: SalesChannel) -> Line:
    return Line(channel_id=channel.pk, units=0, draws=Draws.GENERAL)


def _in_turn(channels: Sequence[SalesChannel], event: Event, now: datetime) -> list[Line]:
    """All draw on the open stock: the venue's own channels throughout, the others from later on."""
    remaining = int(max((event.starts_at - now) / timedelta(hours=1), 0))
    hours = min(OTHERS_OPEN_HOURS, remaining // 2)

    def line(channel: SalesChannel) -> Line:
        first = _drawing(channel)
        if channel.kind in OWN:
            return first
        return replace(first, tier=2, opens=Opens.BEFORE_START, opens_hours=hours)

    return [line(channel) for channel in channels]


def _with_floors(channels: Sequence[SalesChannel], capacity: int) -> list[Line]:
    """Equal parts, of which automatic moves leave each channel at least half."""
    lines = _equal(channels, 100)
    return [
        Line(
            channel_id=line.channel_id,
            percent=line.percent,
            draws=Draws.GENERAL,
            is_dynamic=True,
            floor=units // 2,
        )
        for line, units in zip(lines, units_of(lines, capacity), strict=True)
    ]
