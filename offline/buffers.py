"""Safety buffers: what a channel that reports late may sell of shared stock before its next sync, and what is set
aside for that. Nothing is written here; ``offline.buffer_moves`` moves what is missing or too much.

What is set aside is what the channel's own row has unsold, whatever it came from, and what its terminals have leased. Of
what came as buffer (``lent``) the surplus goes back to the shared stock, and nothing else does.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Q, Sum

from allocations.enums import REPORTS_LATE, StockKind
from allocations.models import SafetyBuffer, Stock
from allocations.setup import ChannelSetup, EventSetup
from offline.estimates import ReportedSales, reported_sales
from sales.enums import BlockStatus
from sales.models import BlockLine
from transfers.enums import Origin, TransferStatus
from transfers.models import Transfer
from transfers.selectors import Bounds, bounds_of

# So much more than it needs, of that and in units, is clearly more …
AMPLE = 0.5
AMPLE_UNITS = 5
# … and goes back when it has been so for so long: day and night, or a slow hour, move nothing.
SETTLES = timedelta(hours=24)
# In the last days for this part of what is left of the sale.
SETTLES_PART = 0.25
# What somebody has rejected, or nobody has decided, is not asked for again at once.
PAUSE = timedelta(hours=6)
REFUSED = (TransferStatus.REJECTED, TransferStatus.CANCELLED, TransferStatus.LAPSED)


class State(StrEnum):
    """Why a row has no buffer, or why it has less than it needs."""

    OFF = "OFF"  # its channel has none, or asks at each sale
    OWN = "OWN"  # it draws on nothing: all it can sell is its own
    UNKNOWN = "UNKNOWN"  # too few reports so far
    OVER = "OVER"  # it sells nothing any more, and has reported since
    ENOUGH = "ENOUGH"
    WAITING = "WAITING"  # units wait for an approval
    REFUSED = "REFUSED"  # somebody has rejected units, or nobody has decided
    IDLE = "IDLE"  # it cannot sell now, and has not reported since
    CEILING = "CEILING"
    USED_UP = "USED_UP"  # there is no shared stock any more
    CAPPED = "CAPPED"


WITHOUT = (State.OFF, State.OWN, State.UNKNOWN, State.OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Units that wait for a decision, to a row and from it. ``own``: of them a request of the buffer's own.

    ``refused``: the last such request was rejected, withdrawn or lapsed a short while ago.
    """

    coming: int = 0
    going: int = 0
    own: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """Of a channel's row in a pool. ``needed``: in all; nothing while nobody can say. ``hours``: for which."""

    row: Stock
    shared: Stock | None
    without: State | None
    needed: int | None
    hours: float
    reported_at: datetime | None
    leased: int
    lent: int
    percent: int
    one_in: int
    pending: Pending
    bounds: Bounds
    ample_since: datetime | None
    idle_since: datetime | None

    @property
    def set_aside(self) -> int:
        return self.row.free + self.leased

    @property
    def own(self) -> int:
        """What is set aside and is no buffer: of its own part, or leased."""
        return self.set_aside - self.lent

    @property
    def allowed(self) -> int:
        """So much of the shared stock may be set aside, what is so already counted in."""
        shared = self.shared.quantity if self.shared is not None else 0
        return (shared + self.lent) * self.percent // 100

    @property
    def missing(self) -> int:
        return max((self.needed or 0) - self.set_aside, 0)

    @property
    def state(self) -> State:
        """Why it has none, or less than it needs; the first that is so."""
        if self.without is not None:
            return self.without
        room, allowed = self._room, self.allowed - self.lent
        reasons = (
            (State.ENOUGH, not self.missing),
            (State.WAITING, self.pending.own or self.pending.coming >= self.missing),
            (State.REFUSED, self.pending.refused),
            (State.IDLE, self.idle_since is not None),
            (State.CEILING, room is not None and room <= min(allowed, self._shared)),
            (State.USED_UP, self._shared <= max(allowed, 0)),
        )
        return next((state for state, holds in reasons if holds), State.CAPPED)

    @property
    def top_up(self) -> int:
        """Units that are to come now."""
        if self.pending.own or self.pending.refused or self.idle_since is not None:
            return 0
        units = min(self.missing - self.pending.coming, self.allowed - self.lent, self._shared)
        return max(units if self._room is None else min(units, self._room), 0)

    @property
    def is_ample(self) -> bool:
        """Whether it has clearly more than it needs, and some of it is buffer."""
        if self.needed is None or not self.lent:
            return False
        return self._surplus > max(AMPLE * self.needed, AMPLE_UNITS)

    def give_back(self, now: datetime, until: datetime) -> int:
        """Units that are to go back now. ``until``: when the sales of the event end."""
        if self.pending.own or self.pending.refused or self.bounds.is_protected:
            return 0
        if self.shared is None or self.needed is None:
            return 0
        if self.without is None:
            settles = min(SETTLES, SETTLES_PART * max(until - now, timedelta()))
            if not self.is_ample or self.ample_since is None or now - self.ample_since < settles:
                return 0
        return max(min(self.lent, self._surplus), 0)

    @property
    def numbers(self) -> dict[str, object]:
        """What a transfer keeps of it."""
        return {
            "needed": self.needed,
            "hours": round(self.hours, 1),
            "one_in": self.one_in,
            "set_aside": self.set_aside,
            "leased": self.leased,
            "at_most_percent": self.percent,
        }

    @property
    def _surplus(self) -> int:
        return self.set_aside - self.pending.going - (self.needed or 0)

    @property
    def _shared(self) -> int:
        return self.shared.quantity if self.shared is not None else 0

    @property
    def _room(self) -> int | None:
        return None if self.row.ceiling is None else self.row.ceiling - self.row.quantity


def read_buffers(setup: EventSetup, channel_ids: Collection[int], now: datetime) -> list[Buffer]:
    """Of each row of these channels, as it is now. As many statements for one as for all."""
    own = Q(kind=StockKind.CHANNEL, channel__in=list(channel_ids))
    rows = Stock.objects.filter(own | Q(kind=StockKind.OPEN), event=setup.id)
    all_rows = rows.select_related("pool", "channel", "event__venue").in_bulk()
    channel_rows = [row for row in all_rows.values() if row.channel_id is not None]
    if not channel_rows:
        return []
    ids = [row.pk for row in channel_rows]
    reported = reported_sales(setup, channel_ids, all_rows, now)
    reading = _Reading(
        setup,
        all_rows,
        {(entry.channel_id, entry.pool_id): entry for entry in reported},
        _leased(setup, channel_ids),
        SafetyBuffer.objects.in_bulk(ids),
        _pending(ids, now),
        bounds_of(ids, now),
        now,
    )
    return [reading.buffer_of(row) for row in sorted(channel_rows, key=lambda row: row.pk)]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of an event for its buffers."""

    setup: EventSetup
    rows: Mapping[int, Stock]
    reported: Mapping[tuple[int, int], ReportedSales]
    leased: Mapping[tuple[int | None, int | None], int]
    stored: Mapping[int, SafetyBuffer]
    pending: Mapping[int, Pending]
    bounds: Mapping[int, Bounds]
    now: datetime

    def buffer_of(self, row: Stock) -> Buffer:
        channel = self.setup.channels.get(row.channel_id or 0)
        known = self.reported.get((row.channel_id or 0, row.pool_id or 0))
        stored = self.stored.get(row.pk) or SafetyBuffer(stock=row)
        bounds = self.bounds[row.pk]
        can_sell = bounds.can_sell and self.setup.rows[row.pk].draw_window.includes(self.now)
        idle_since = None if can_sell else stored.idle_since or self.now
        without = _without(row, channel, known, idle_since)
        needed = known.buffer if known is not None and without is None else 0
        return Buffer(
            row=row,
            shared=self.rows.get(row.draws_on_id or 0),
            without=without,
            needed=None if without is State.UNKNOWN else needed,
            hours=known.buffer_hours if known is not None else 0.0,
            reported_at=known.newest if known is not None else None,
            leased=self.leased.get((row.channel_id, row.pool_id), 0),
            lent=max(min(stored.lent, row.free), 0),
            percent=channel.buffer_percent if channel is not None else 0,
            one_in=channel.buffer_one_in if channel is not None else 0,
            pending=self.pending[row.pk],
            bounds=bounds,
            ample_since=stored.ample_since,
            idle_since=idle_since,
        )


def _without(
    row: Stock,
    channel: ChannelSetup | None,
    known: ReportedSales | None,
    idle_since: datetime | None,
) -> State | None:
    """Why there is no buffer."""
    if channel is None or channel.connectivity not in REPORTS_LATE or not channel.safety_buffer:
        return State.OFF
    if row.draws_on_id is None:
        return State.OWN
    if known is None or known.buffer is None:
        return State.UNKNOWN
    # What it sold until then it has reported by now.
    if idle_since is not None and known.newest > idle_since:
        return State.OVER
    return None


def _leased(
    setup: EventSetup, channel_ids: Collection[int]
) -> Counter[tuple[int | None, int | None]]:
    """(channel, pool) → units that its terminals have with them and have not sold, as far as anybody knows."""
    lines = (
        BlockLine.objects.filter(
            block__event=setup.id,
            block__channel__in=list(channel_ids),
            block__status=BlockStatus.ACTIVE,
        )
        .order_by()
        .values_list("block__channel", "item")
        .annotate(remainder=Sum(F("quantity") - F("sold") - F("handed_back")))
    )
    units: Counter[tuple[int | None, int | None]] = Counter()
    for channel_id, item_id, left in lines:
        for pool_id, each in setup.items[item_id].units.items():
            units[channel_id, pool_id] += left * each
    return units


def _pending(row_ids: Collection[int], now: datetime) -> dict[int, Pending]:
    """Of each row, what somebody still has to decide, whoever has asked."""
    waits = Q(status=TransferStatus.REQUESTED, lapses_at__gt=now)
    refused = Q(origin=Origin.BUFFER, status__in=REFUSED, ended_at__gt=now - PAUSE)
    transfers = Transfer.objects.filter(
        Q(source__in=row_ids) | Q(target__in=row_ids), waits | refused
    ).values_list("source_id", "target_id", "units", "status", "origin")
    coming: Counter[int] = Counter()
    going: Counter[int] = Counter()
    own: set[int] = set()
    refused_rows: set[int] = set()
    for source, target, units, status, origin in transfers:
        if status != TransferStatus.REQUESTED:
            refused_rows |= {source, target}
            continue
        coming[target] += units
        going[source] += units
        if origin == Origin.BUFFER:
            own |= {source, target}
    return {
        row: Pending(
            coming=coming[row], going=going[row], own=row in own, refused=row in refused_rows
        )
        for row in row_ids
    }
