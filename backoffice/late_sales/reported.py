"""Of a booking that came by a sync: when it was reported, as what, and when it was sold by the channel's clock."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.translation import gettext as _t

from backoffice.kit.links import object_link
from backoffice.late_sales.words import their_time
from common.text import local_time
from offline.enums import ReportKind
from offline.models import Report
from sales.models import Booking


def report_of(booking: Any) -> Report | None:
    """The report of its sale, read once for all of the page; ``None`` where it was sold here."""
    if not hasattr(booking, "finlo_report"):
        booking.finlo_report = _report_of(booking)
    report: Report | None = booking.finlo_report
    return report


def _report_of(booking: Booking) -> Report | None:
    reports = Report.objects.filter(booking=booking, kind=ReportKind.SALE)
    return reports.select_related("sync__channel__venue").first()


def reported_late(report: Report, zone: ZoneInfo) -> Any:
    """In one line, with a link to the sync."""
    sync = object_link(report.sync, local_time(report.sync.received_at, zone))
    if report.said_at is None:
        return format_html(_t("Reported {} as {}"), sync, report.client_id)
    return format_html(
        _t("Reported {} as {}, sold {} by the channel's clock"),
        sync,
        report.client_id,
        their_time(report.said_at, zone),
    )
