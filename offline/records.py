"""The rows of a sync: claimed before the ledger is asked, completed after it has answered."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import connection

from common.actor import Actor
from common.bulk import update_rows
from common.clock import utc
from idempotency.errors import KeyTakenError
from offline.decision import Decision, Sold
from offline.enums import DUPLICATE, Outcome, ReportKind
from offline.judging import SalePlan
from offline.models import Report, ReportedUnits, Sync
from offline.reports import Verdict
from offline.returns import ReturnPlan
from sales import booking_sql
from sales.enums import BookingStatus
from sales.models import BlockLine, Booking, BookingLine


def mark_known(channel_id: int, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Mark what was reported before, or twice in this call; what is new, each id once."""
    known = _known(channel_id, verdicts)
    first: dict[tuple[str, str], Verdict] = {}
    fresh = []
    for verdict in verdicts:
        if (report := known.get(verdict.key)) is not None:
            _copy(report, verdict)
        elif verdict.key in first:
            verdict.first = first[verdict.key]
        else:
            first[verdict.key] = verdict
            fresh.append(verdict)
    return fresh


# Each is looked up by index, however many the channel has: of a join the planner may read them all.
_FIND = """
SELECT known.id
  FROM jsonb_array_elements(%(keys)s::jsonb) AS asked (key)
 CROSS JOIN LATERAL (SELECT id FROM offline_report
                      WHERE channel_id = %(channel)s AND kind = key ->> 0 AND client_id = key ->> 1
                      LIMIT 1) known
"""


def _known(channel_id: int, verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Report]:
    values: dict[str, int | str] = {
        "channel": channel_id,
        "keys": json.dumps([verdict.key for verdict in verdicts]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, values)
        report_ids = [pk for (pk,) in cursor.fetchall()]
    if not report_ids:
        return {}
    reports = Report.objects.filter(pk__in=report_ids).select_related("booking", "conflict")
    return {(report.kind, report.client_id): report for report in reports}


def _copy(report: Report, verdict: Verdict) -> None:
    """What became of the first report with this id, as it stands now."""
    verdict.is_duplicate = True
    verdict.outcome = Outcome(report.outcome)
    verdict.notes = list(report.notes)
    verdict.compare(report.said)
    booking = report.booking
    verdict.booking_uuid = str(booking.uuid) if booking is not None else None
    if conflict := getattr(report, "conflict", None):
        verdict.conflict_uuid = str(conflict.uuid)
        verdict.problem = {
            "code": conflict.code,
            "detail": conflict.detail,
            "numbers": conflict.numbers,
        }


def leased_prices(block_id: int | None) -> dict[int, Decimal]:
    """Item → what a ticket cost when the lease was taken."""
    return dict(BlockLine.objects.filter(block=block_id).values_list("item_id", "unit_price"))


# In the order of their ids: two calls with the same ones wait for one another, and never in a circle. By their
# places: with names it takes twice as long, here and there.
_CLAIM = """
INSERT INTO offline_report
       (sync_id, position, channel_id, kind, client_id, said, said_at, series, tickets, outcome, booking_id,
        notes)
SELECT %(sync)s, r.position, %(channel)s, r.row ->> 0, r.row ->> 1, r.row -> 2, (r.row ->> 3)::timestamptz,
       r.row ->> 4, (r.row ->> 5)::integer, r.row ->> 6, (r.row ->> 7)::bigint, r.row -> 8
  FROM jsonb_array_elements(%(reports)s::jsonb) WITH ORDINALITY AS r (row, position)
 ORDER BY r.row ->> 0, r.row ->> 1
    ON CONFLICT DO NOTHING
RETURNING kind, client_id, id
"""


def claim(
    channel_id: int,
    block_id: int | None,
    fresh: Sequence[Verdict],
    plans: Sequence[SalePlan],
    by: Actor,
    sales_file_id: int | None = None,
) -> Sync:
    """Claim the ids of what is new. Raises ``KeyTakenError`` when another call has taken one meanwhile.

    Plans get the ids of the bookings that they are to become.
    """
    sync = Sync.objects.create(
        channel_id=channel_id,
        lease_id=block_id,
        sales_file_id=sales_file_id,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
    )
    for plan, booking_id in zip(plans, booking_sql.reserve_ids(len(plans)), strict=True):
        plan.booking.pk = plan.verdict.booking_id = booking_id
        plan.verdict.booking_uuid = str(plan.booking.uuid)
    reports = [
        (
            *verdict.key,
            verdict.report.said,
            utc(verdict.report.said_at),
            verdict.report.series,
            verdict.report.counted,
            verdict.outcome.value,
            verdict.booking_id,
            verdict.notes,
        )
        for verdict in fresh
    ]
    values: dict[str, int | str] = {
        "sync": sync.pk,
        "channel": channel_id,
        "reports": json.dumps(reports),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        report_ids = {(kind, client_id): pk for kind, client_id, pk in cursor.fetchall()}
    if len(report_ids) < len(fresh):
        raise KeyTakenError
    for verdict in fresh:
        verdict.report_id = report_ids[verdict.key]
        verdict.written = verdict.outcome, verdict.booking_id, list(verdict.notes)
    return sync


def lock_sold(channel_id: int, client_ids: Iterable[str]) -> dict[str, Sold]:
    """What was booked of these sales, by their client ids; locks the bookings."""
    if not (client_ids := list(client_ids)):
        return {}
    booked = dict(
        Report.objects.filter(
            channel=channel_id,
            kind=ReportKind.SALE,
            client_id__in=client_ids,
            booking__isnull=False,
        ).values_list("booking_id", "client_id")
    )
    bookings = list(
        Booking.objects.select_for_update(of=("self",)).filter(pk__in=booked).order_by("pk")
    )
    lines: dict[int, list[BookingLine]] = {booking.pk: [] for booking in bookings}
    for line in BookingLine.objects.filter(booking__in=booked).order_by("booking", "number"):
        lines[line.booking_id].append(line)
    setups = {
        event_id: booking_sql.look(event_id).setup
        for event_id in sorted({booking.event_id for booking in bookings})
    }
    return {
        booked[booking.pk]: Sold(booking, lines[booking.pk], setups[booking.event_id])
        for booking in bookings
    }


def write_sales(accepted: Sequence[SalePlan]) -> None:
    """Insert the bookings, in one statement for each event."""
    by_event: dict[int, list[tuple[Booking, Sequence[BookingLine]]]] = {}
    for plan in accepted:
        by_event.setdefault(plan.setup.id, []).append((plan.booking, plan.lines))
    for bookings in by_event.values():
        booking_sql.insert_many(bookings)


def write_returns(returned: Sequence[ReturnPlan]) -> None:
    """Write what is refunded of each line, and end the bookings of which nothing is left."""
    if not returned:
        return
    plans = {
        plan.booking.pk: plan for plan in returned
    }  # the lines of a booking are the same objects
    keys = BookingLine.objects.filter(booking__in=plans).values_list("booking_id", "number", "pk")
    line_ids: Mapping[tuple[int, int], int] = {
        (booking_id, number): pk for booking_id, number, pk in keys
    }
    lines = []
    for booking_id, plan in plans.items():
        booking = plan.booking
        for line in plan.lines:
            line.pk = line_ids[booking_id, line.number]
            lines.append(line)
        booking.updated_at = plan.at
        if not any(line.kept for line in plan.lines):
            booking.status, booking.ended_at = BookingStatus.CANCELLED, plan.at
            booking.end_reason = plan.reason
    update_rows(lines, ("refunded",))
    update_rows(
        [plan.booking for plan in plans.values()],
        ("status", "ended_at", "updated_at", "end_reason"),
    )


def write_units(sync: Sync, decision: Decision) -> None:
    """What the sync has reported of each pool, booked or not, less what it has given back (``offline.pace``)."""
    units: Counter[int] = Counter()
    for plan in (*decision.accepted, *decision.refused):
        for item_id, tickets in plan.tickets.items():
            for pool_id, each in plan.setup.items[item_id].units.items():
                units[pool_id] += tickets * each
    for returned in decision.returned:
        for line in returned.lines:
            for pool_id, each in returned.setup.items[line.item_id].units.items():
                units[pool_id] -= returned.tickets.get(line.number, 0) * each
    ReportedUnits.objects.bulk_create(
        ReportedUnits(sync=sync, pool_id=pool_id, units=count)
        for pool_id, count in sorted(units.items())
        if count
    )


def complete(sync: Sync, verdicts: Sequence[Verdict], early: Sequence[Verdict]) -> None:
    """Write what has become of each report since its id was claimed, and how many of each there are.

    ``early`` are of other syncs: they are not counted.
    """
    for verdict in verdicts:
        if verdict.first is not None:
            verdict.repeat(verdict.first)
    changed = [verdict for verdict in (*verdicts, *early) if verdict.is_changed]
    update_rows(
        [
            Report(
                pk=verdict.report_id,
                outcome=verdict.outcome,
                booking_id=verdict.booking_id,
                notes=verdict.notes,
            )
            for verdict in changed
        ],
        ("outcome", "booking", "notes"),
    )
    counts = Counter(verdict.result for verdict in verdicts)
    sync.accepted = counts[Outcome.ACCEPTED.value]
    sync.duplicates = counts[DUPLICATE]
    sync.conflicts = counts[Outcome.CONFLICT.value]
    sync.unreadable = counts[Outcome.UNREADABLE.value]
    sync.save()
