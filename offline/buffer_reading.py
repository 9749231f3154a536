"""Reading the safety buffers of an event: what its late channels need, have, and may have. Nothing is written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from allocations.enums import REPORTS_LATE, StockKind
from allocations.models import SafetyBuffer, Stock
from allocations.setup import ChannelSetup, EventSetup
from offline.buffers import Buffer, Pending, State
from offline.estimates import ReportedSales, reported_sales
from sales.enums import BlockKind, BlockStatus
from sales.models import BlockLine
from transfers.enums import Origin, TransferStatus
from transfers.models import Transfer
from transfers.selectors import Bounds, bounds_of

# What somebody has rejected, or nobody has decided, is not asked for again at once.
PAUSE = timedelta(hours=6)
REFUSED = Q(status__in=(TransferStatus.REJECTED, TransferStatus.LAPSED)) | Q(
    # By a person; the buffer itself withdraws what is not needed any more.
    status=TransferStatus.CANCELLED,
    steps__status=TransferStatus.CANCELLED,
    steps__user__isnull=False,
)


def read_buffers(
    setup: EventSetup,
    channel_ids: Collection[int],
    now: datetime,
    reported: Sequence[ReportedSales] | None = None,
) -> list[Buffer]:
    """Of each row of these channels, as it is now. As many statements for one as for all.

    ``reported``: what they have reported, where the caller has read it already.
    """
    own = Q(kind=StockKind.CHANNEL, channel__in=list(channel_ids))
    shared = Q(kind__in=(StockKind.OPEN, StockKind.LIMIT))
    rows = Stock.objects.filter(own | shared, event=setup.id)
    all_rows = rows.select_related("pool", "channel", "event__venue").in_bulk()
    channel_rows = [row for row in all_rows.values() if row.kind == StockKind.CHANNEL]
    if not channel_rows:
        return []
    ids = [row.pk for row in channel_rows]
    if reported is None:
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
        leased = self.leased.get((row.channel_id, row.pool_id), 0)
        needed = known.buffer if known is not None and without is None else 0
        if needed and (at_most := self._at_most(row)) is not None:
            needed = min(needed, at_most + leased)
        return Buffer(
            row=row,
            shared=self.rows.get(row.draws_on_id or 0),
            without=without,
            needed=None if without is State.UNKNOWN else needed,
            hours=known.buffer_hours if known is not None else 0.0,
            reported_at=known.newest if known is not None else None,
            leased=leased,
            lent=max(min(stored.lent, row.free), 0),
            percent=channel.buffer_percent if channel is not None else 0,
            one_in=channel.buffer_one_in if channel is not None else 0,
            pending=self.pending[row.pk],
            bounds=bounds,
            ample_since=stored.ample_since,
            idle_since=idle_since,
        )

    def _at_most(self, row: Stock) -> int | None:
        """The units that limits leave the channel of the pool, what is leased aside; nothing where an item has none."""
        units, pool_id = 0, row.pool_id or 0
        for (item_id, channel_id), listing in self.setup.listings.items():
            item = self.setup.items[item_id]
            if channel_id != row.channel_id or pool_id not in item.units:
                continue
            limits = [pk for pk in (item.limit_row, listing.limit_row) if pk is not None]
            if not limits:
                return None
            units += min(self.rows[pk].free for pk in limits) * item.units[pool_id]
        return units


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
            block__kind=BlockKind.LEASE,
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
    # One whose time is over waits until it is swept, which takes seconds.
    waits = Q(status=TransferStatus.REQUESTED)
    refused = REFUSED & Q(origin=Origin.BUFFER, ended_at__gt=now - PAUSE)
    transfers = (
        Transfer.objects.filter(Q(source__in=row_ids) | Q(target__in=row_ids), waits | refused)
        .distinct()
        .values_list("pk", "source_id", "target_id", "units", "status", "origin")
    )
    coming: Counter[int] = Counter()
    going: Counter[int] = Counter()
    own: set[int] = set()
    refused_rows: set[int] = set()
    for _pk, source, target, units, status, origin in transfers:
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
