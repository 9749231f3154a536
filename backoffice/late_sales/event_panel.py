"""The tab of an event's page about sales that arrive late: leases, open conflicts, and who was last heard of when."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import REPORTS_LATE
from allocations.models import SalesChannel
from backoffice.events.panels import EventPanel
from backoffice.late_sales.buffer_rows import buffer_rows
from backoffice.late_sales.taking import LEASE
from backoffice.late_sales.words import amount_of, sold_in_words, sold_of
from common.text import local_time
from events.enums import EventStatus
from events.models import Event
from offline.enums import ConflictStatus
from offline.estimates import ReportedSales, reported_sales
from offline.leases import is_over
from offline.models import Conflict, ConflictLine, Sync
from sales.enums import BlockKind, BlockStatus
from sales.models import Block

MAX_ROWS = 20
LEFT = F("lines__quantity") - F("lines__sold") - F("lines__handed_back")


class LateSalesPanel(EventPanel):
    slug = "late-sales"
    title = _("Late sales")
    template = "admin/late_sales/event.html"
    permission = "sales.view_block"

    @property
    def is_shown(self) -> bool:
        """Where a channel reports late, or has."""
        channels = self.picture.setup.channels.values()
        if any(channel.connectivity in REPORTS_LATE for channel in channels):
            return True
        leases = Block.objects.filter(event=OuterRef("pk"), kind=BlockKind.LEASE)
        conflicts = Conflict.objects.filter(event=OuterRef("pk"))
        late = Q(Exists(leases)) | Q(Exists(conflicts))
        return Event.objects.filter(late, pk=self.subject.pk).exists()

    def context(self) -> dict[str, Any]:
        event = self.subject
        of_event = f"event__id__exact={event.pk}"
        leases = reverse("admin:sales_block_changelist")
        conflicts = reverse("admin:offline_conflict_changelist")
        sees_conflicts = self.may("offline.view_conflict")
        return {
            "leases": self._leases(),
            "all_leases": f"{leases}?{of_event}",
            "lease": reverse("admin:events_event_lease", args=(event.pk,))
            if self.may(LEASE) and event.status == EventStatus.ON_SALE
            else None,
            "conflicts": self._conflicts() if sees_conflicts else None,
            "all_conflicts": f"{conflicts}?{of_event}&status__exact={ConflictStatus.OPEN}",
            "channels": self._channels() if self.may("offline.view_sync") else None,
            "buffers": self._buffers() if self.may("offline.view_sync") else None,
        }

    def _leases(self) -> list[dict[str, Any]]:
        blocks = (
            Block.objects.filter(
                event=self.subject, kind=BlockKind.LEASE, status=BlockStatus.ACTIVE
            )
            .select_related("channel")
            .annotate(remainder=Sum(LEFT))
            .order_by("expires_at", "pk")
        )
        now, zone = timezone.now(), self.picture.setup.zone
        return [
            {
                "block": block,
                "left": block.remainder,
                "expires": local_time(block.expires_at, zone),
                "is_over": is_over(block, now),
            }
            for block in blocks[:MAX_ROWS]
        ]

    def _conflicts(self) -> list[dict[str, Any]]:
        lines = Prefetch("lines", ConflictLine.objects.select_related("item"))
        conflicts = (
            Conflict.objects.filter(event=self.subject, status=ConflictStatus.OPEN)
            .select_related("channel__venue")
            .prefetch_related(lines)
            .order_by("pk")
        )
        setup = self.picture.setup
        return [
            {
                "conflict": conflict,
                "what": sold_of(conflict),
                "amount": amount_of(conflict),
                "since": local_time(conflict.began_at, setup.zone),
            }
            for conflict in conflicts[:MAX_ROWS]
        ]

    def _channels(self) -> list[dict[str, Any]]:
        """The late ones among those that list something of the event, with their last sync."""
        channels = self.picture.late_channels
        if not channels:
            return []
        newest = Sync.objects.filter(channel__in=channels).order_by().values_list("channel")
        last: dict[int, datetime] = dict(newest.annotate(last=Max("received_at")))
        picture = self.picture
        sold: dict[int, list[str]] = {}
        for entry in self._reported:
            pool = picture.setup.pool_names[entry.pool_id]
            kept = picture.reading.unreported.get(entry.row.stock_id)
            sold.setdefault(entry.channel_id, []).append(f"{pool}: {sold_in_words(entry, kept)}")
        return [
            self._channel(channel, last.get(channel.pk), sold.get(channel.pk, []))
            for channel in channels
        ]

    @cached_property
    def _reported(self) -> list[ReportedSales]:
        """What the late channels have reported: for what they have sold, and for their buffers."""
        picture = self.picture
        late = [channel.pk for channel in picture.late_channels]
        return reported_sales(picture.setup, late, picture.reading.counters, picture.reading.now)

    def _buffers(self) -> list[dict[str, Any]]:
        """Of an event whose sales are over nothing is moved any more."""
        window = self.picture.setup.window
        if window.end is not None and window.end <= self.picture.reading.now:
            return []
        return buffer_rows(self.picture, self.picture.late_channels, self._reported)

    def _channel(
        self, channel: SalesChannel, at: datetime | None, sold: list[str]
    ) -> dict[str, Any]:
        syncs = reverse("admin:offline_sync_changelist")
        return {
            "channel": channel,
            "at": local_time(at, self.picture.setup.zone) if at else "",
            "ago": _t("%s ago") % timesince(at, timezone.now() + timedelta(seconds=1), depth=1)
            if at
            else _t("never"),
            "sold": sold,
            "url": f"{syncs}?channel__id__exact={channel.pk}",
        }
