"""What pages of late sales show below their forms: the syncs of a lease, and the reports of a sync."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.kit.panels import Panel
from backoffice.late_sales.words import clock_ahead, sold_of, their_time
from common.text import local_time
from offline.enums import Outcome, ReportKind
from offline.models import ConflictLine, Report, Sync
from sales.models import Block, BookingLine

SEE_SYNCS = "offline.view_sync"
# Of a lease: a terminal syncs some dozens of times a day, and the newest tell how it stands.
MAX_SYNCS = 50
REPORTS_A_PAGE = 100

TAGS = {Outcome.ACCEPTED: "on", Outcome.CONFLICT: "stop", Outcome.UNREADABLE: "off"}


class SyncsPanel(Panel):
    """Of a lease: what its terminal has reported."""

    tab = False
    slug = "syncs"
    title = _("Syncs")
    template = "admin/late_sales/syncs.html"
    permission = SEE_SYNCS

    def context(self) -> dict[str, Any]:
        block: Block = self.subject
        syncs = Sync.objects.filter(lease=block).order_by("-pk")[:MAX_SYNCS]
        return {"syncs": sync_rows(syncs, block.event.venue.zone)}


def sync_rows(syncs: Iterable[Sync], zone: ZoneInfo) -> list[dict[str, Any]]:
    """For ``admin/late_sales/sync_rows.html``."""
    return [{"sync": sync, "at": local_time(sync.received_at, zone)} for sync in syncs]


class ReportsPanel(Panel):
    """Of a sync: each report with what became of it. ``?outcome=`` shows those alone."""

    tab = False
    slug = "reports"
    title = _("Reports")
    template = "admin/late_sales/reports.html"
    permission = SEE_SYNCS

    def context(self) -> dict[str, Any]:
        sync: Sync = self.subject
        reports = sync.reports.order_by("position")
        outcome = self.request.GET.get("outcome", "")
        if outcome in Outcome.values:
            reports = reports.filter(outcome=outcome)
        booked = Prefetch("booking__lines", BookingLine.objects.select_related("item"))
        open_lines = Prefetch("conflict__lines", ConflictLine.objects.select_related("item"))
        reports = reports.select_related("booking", "conflict")
        page = Paginator(reports.prefetch_related(booked, open_lines), REPORTS_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        return {
            "rows": [self._row(report) for report in page],
            "page": page,
            "chosen": outcome if outcome in Outcome.values else "",
            "outcomes": [(value, label) for value, label in Outcome.choices if self._count(value)],
            "sees_bookings": self.may("sales.view_booking"),
            "sees_conflicts": self.may("offline.view_conflict"),
        }

    def _count(self, outcome: str) -> int:
        sync: Sync = self.subject
        counts = {
            Outcome.ACCEPTED: sync.accepted,
            Outcome.CONFLICT: sync.conflicts,
            Outcome.UNREADABLE: sync.unreadable,
        }
        return counts[Outcome(outcome)]

    def _row(self, report: Report) -> dict[str, Any]:
        sync: Sync = self.subject
        zone = sync.channel.venue.zone
        return {
            "report": report,
            "what": what_of(report),
            "said_at": their_time(report.said_at, zone),
            "ahead": clock_ahead(report.said_at, sync.received_at),
            "tag": TAGS[Outcome(report.outcome)],
            "conflict": getattr(report, "conflict", None),
            "notes": [note.get("detail", "") for note in report.notes],
        }


def what_of(report: Report) -> str:
    """What was booked, or is in conflict. Of a return the sale that it belongs to."""
    if report.kind == ReportKind.RETURN:
        sale = report.said.get("sale") if isinstance(report.said, dict) else None
        return _t("of sale %s") % sale if sale else "–"
    owner = report.booking or getattr(report, "conflict", None)
    return sold_of(owner) if owner is not None else "–"
