"""A sale that could not be read may come once more, mended and under another id: what may be the same is shown.

Nothing is decided by it. Two sales may have one reference, and one sale none: a person looks at both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q

from offline.enums import ConflictStatus, ReportKind, Resolution
from offline.models import Conflict, Report
from offline.reports import SaleReport, Verdict
from sales.models import Booking

# Why a sale cannot be read: of the problems of a report.
UNREADABLE_CODES = ("VALIDATION", "UNKNOWN_ITEM", "SEVERAL_EVENTS")
# Moments are looked for in so many reports that came after it: no index has them.
MAX_LOOKED_THROUGH = 10_000
MAX_SHOWN = 20


def reference_of(said: object) -> str:
    """The reference that a report names, by call or in its row of a file; empty for none."""
    if not isinstance(said, Mapping):
        return ""
    cells = said.get("cells")
    named = said.get("reference") or (cells.get("reference") if isinstance(cells, Mapping) else "")
    return named[:100] if isinstance(named, str) else ""


def is_unread_sale(conflict: Conflict) -> bool:
    return conflict.report.kind == ReportKind.SALE and conflict.code in UNREADABLE_CODES


def booked_since(conflicts: Iterable[Conflict]) -> dict[int, list[Booking]]:
    """Conflict → bookings of its channel that were made after it under its reference, for sales that cannot be read."""
    named: dict[tuple[int, str], list[Conflict]] = {}
    for conflict in conflicts:
        if is_unread_sale(conflict) and (reference := reference_of(conflict.report.said)):
            named.setdefault((conflict.channel_id, reference), []).append(conflict)
    if not named:
        return {}
    bookings = Booking.objects.filter(
        channel__in={channel for channel, _reference in named},
        reference__in={reference for _channel, reference in named},
    )
    since: dict[int, list[Booking]] = {}
    for booking in bookings.order_by("pk"):
        for conflict in named.get((booking.channel_id, booking.reference), ()):
            is_own = booking.pk == conflict.report.booking_id
            if not is_own and booking.created_at >= conflict.began_at:
                since.setdefault(conflict.pk, []).append(booking)
    return since


@dataclass(frozen=True, slots=True)
class Likeness:
    """What may be the sale that could not be read: a booking, or a conflict that is open."""

    owner: Booking | Conflict
    reference: str
    client_ids: Sequence[str]
    since: datetime


def perhaps_the_same(conflict: Conflict) -> list[Likeness]:
    """What came after it, of its reference or of the same moment of the channel's clock."""
    if not is_unread_sale(conflict):
        return []
    bookings = [
        Likeness(
            booking,
            booking.reference,
            [report.client_id for report in booking.reports.all()],
            booking.created_at,
        )
        for booking in _bookings_like(conflict)
    ]
    waiting = [
        Likeness(other, reference_of(other.report.said), [other.report.client_id], other.began_at)
        for other in _open_like(conflict)
    ]
    return (bookings + waiting)[:MAX_SHOWN]


def _bookings_like(conflict: Conflict) -> Iterable[Booking]:
    numbers = [booking.pk for booking in booked_since([conflict]).get(conflict.pk, ())]
    report = conflict.report
    if report.said_at is not None:
        later = Report.objects.filter(pk__gt=report.pk).order_by("pk")
        numbers += Report.objects.filter(
            pk__in=later.values("pk")[:MAX_LOOKED_THROUGH],
            channel=conflict.channel_id,
            kind=ReportKind.SALE,
            said_at=report.said_at,
            booking__isnull=False,
        ).values_list("booking_id", flat=True)
    sales = Prefetch("reports", Report.objects.filter(kind=ReportKind.SALE).order_by("pk"))
    bookings = Booking.objects.filter(Q(pk__in=numbers) & ~Q(pk=report.booking_id or 0))
    return bookings.prefetch_related("lines__item", sales).order_by("pk")[:MAX_SHOWN]


def _open_like(conflict: Conflict) -> Iterator[Conflict]:
    """Reported anew, and there is no stock for it."""
    waiting = Conflict.objects.filter(
        channel=conflict.channel_id,
        status=ConflictStatus.OPEN,
        pk__gt=conflict.pk,
        report__kind=ReportKind.SALE,
    ).exclude(code__in=UNREADABLE_CODES)
    own = conflict.report
    reference = reference_of(own.said)
    waiting = waiting.select_related("report", "channel").prefetch_related("lines__item")
    for other in waiting.order_by("pk")[:MAX_LOOKED_THROUGH]:
        same_moment = own.said_at is not None and own.said_at == other.report.said_at
        if same_moment or (reference and reference == reference_of(other.report.said)):
            yield other


def note_booked_by_hand(channel_id: int, fresh: Sequence[Verdict]) -> None:
    """Note on each new sale that one of its reference could not be read before, and was booked by a person."""
    references: dict[str, list[Verdict]] = {}
    for verdict in fresh:
        report: Any = verdict.report
        if isinstance(report, SaleReport) and report.fault is None and report.reference:
            references.setdefault(report.reference, []).append(verdict)
    if not references:
        return
    by_hand = Conflict.objects.filter(
        channel=channel_id, resolution=Resolution.OTHER_ITEM, code__in=UNREADABLE_CODES
    )
    if not by_hand.exists():  # nearly always; a thousand references need not be sent for that
        return
    booked = by_hand.filter(report__booking__reference__in=references)
    for conflict in booked.select_related("report__booking"):
        booking = conflict.report.booking
        for verdict in references.get(booking.reference, ()) if booking is not None else ():
            verdict.note(
                "PERHAPS_TWICE",
                f"{conflict.report.client_id}, of the same reference, could not be read, and the venue has booked it by"
                " hand: this may be the same sale.",
            )
