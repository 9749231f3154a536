"""Reports that could not be done, as work items: how they begin, and how returns end them.

How people resolve them: ``offline.resolving``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from common.actor import SYSTEM
from common.bulk import update_rows
from common.clock import database_now
from offline.enums import ConflictStatus, Outcome, ReportKind, Resolution
from offline.models import Conflict, ConflictLine
from offline.reports import ReturnReport, Verdict
from transfers import services as transfers
from transfers.enums import TransferStatus
from transfers.errors import AlreadyDecidedError
from transfers.models import Transfer

RETURNED = "The channel reported a return."


def begin(channel_id: int, verdicts: Iterable[Verdict], now: datetime) -> dict[str, Conflict]:
    """Write down what could not be done; the sales among them by their client ids."""
    failed = [verdict for verdict in verdicts if verdict.outcome != Outcome.ACCEPTED]
    if not failed:
        return {}
    conflicts = Conflict.objects.bulk_create(
        Conflict(
            report_id=verdict.report_id or 0,
            channel_id=channel_id,
            event_id=verdict.event_id,
            began_at=now,
            code=verdict.problem["code"] if verdict.problem else "",
            detail=verdict.problem["detail"] if verdict.problem else "",
            numbers=verdict.problem["numbers"] if verdict.problem else {},
        )
        for verdict in failed
    )
    lines = []
    for verdict, conflict in zip(failed, conflicts, strict=True):
        verdict.conflict_uuid = str(conflict.uuid)
        tickets: Counter[tuple[int, Decimal]] = Counter()
        if verdict.outcome == Outcome.CONFLICT:
            for line in verdict.lines:
                tickets[line.item_id, line.unit_price] += line.quantity
        lines += [
            ConflictLine(conflict=conflict, item_id=item_id, unit_price=price, quantity=quantity)
            for (item_id, price), quantity in tickets.items()
        ]
    ConflictLine.objects.bulk_create(lines)
    return {
        verdict.report.client_id: conflict
        for verdict, conflict in zip(failed, conflicts, strict=True)
        if verdict.kind == ReportKind.SALE
    }


def lock(channel_id: int, sales: Iterable[str], own: Iterable[int]) -> list[Conflict]:
    """Lock the conflicts of these sales of before, by the sales' client ids, and these by their own."""
    sales, own = list(sales), list(own)
    if not (sales or own):
        return []
    of_sales = Q(
        report__channel=channel_id,
        report__kind=ReportKind.SALE,
        report__client_id__in=sales,
    )
    conflicts = Conflict.objects.select_for_update(of=("self",)).filter(of_sales | Q(pk__in=own))
    return list(conflicts.select_related("report").order_by("pk"))


def take_back(
    conflicts: Mapping[str, Conflict],
    waiting: Sequence[tuple[Verdict, ReturnReport]],
    now: datetime,
) -> None:
    """Returns of sales that were not booked: they end the conflict, or make it smaller.

    A return of a sale that nobody knows, or of more than is left, cannot be read.
    """
    if not waiting:
        return
    named = {report.sale_client_id for _verdict, report in waiting}
    touched = [conflict for client_id, conflict in conflicts.items() if client_id in named]
    ended = []
    lines: dict[int, list[ConflictLine]] = {conflict.pk: [] for conflict in touched}
    for line in ConflictLine.objects.filter(conflict__in=lines).order_by("pk"):
        lines[line.conflict_id].append(line)
    for verdict, report in waiting:
        conflict = conflicts.get(report.sale_client_id)
        if conflict is None:
            verdict.refuse(
                Outcome.UNREADABLE,
                "UNKNOWN_SALE",
                f"The channel has reported no sale {report.sale_client_id}.",
            )
            continue
        verdict.event_id, verdict.conflict_uuid = conflict.event_id, str(conflict.uuid)
        if conflict.status == ConflictStatus.RESOLVED:
            verdict.note("CONFLICT_STATE", "The conflict of this sale was resolved before.")
        elif not _take_tickets(lines[conflict.pk], report):
            verdict.refuse(
                Outcome.UNREADABLE, "VALIDATION", "More is returned than the sale still has."
            )
        elif not any(line.quantity for line in lines[conflict.pk]):
            end(conflict, Resolution.RETURNED, RETURNED, now)
            ended.append(conflict)
    every = [line for own in lines.values() for line in own]
    ConflictLine.objects.filter(pk__in=[line.pk for line in every if not line.quantity]).delete()
    update_rows((line for line in every if line.quantity), ("quantity",))
    save_all(ended)


def _take_tickets(lines: Sequence[ConflictLine], report: ReturnReport) -> bool:
    """Count the tickets off the lines, unsaved; nothing where there are not so many."""
    left = Counter({line.pk: line.quantity for line in lines})
    if report.tickets is None:
        left.clear()
    for item_id, count in (report.tickets or {}).items():
        missing = count
        for line in lines:
            if line.item_id == item_id:
                share = min(missing, left[line.pk])
                left[line.pk] -= share
                missing -= share
        if missing or count < 1:
            return False
    for line in lines:
        line.quantity = left[line.pk]
    return True


def close(
    conflict: Conflict,
    resolution: Resolution,
    reason: str,
    now: datetime,
    user_id: int | None = None,
) -> None:
    end(conflict, resolution, reason, now)
    conflict.user_id = user_id
    conflict.save()


def end(conflict: Conflict, resolution: Resolution, reason: str, now: datetime) -> None:
    """Say how it ended; it is the caller's to save."""
    conflict.status, conflict.resolution = ConflictStatus.RESOLVED, resolution
    conflict.reason, conflict.resolved_at = reason[:300], now


def save_all(conflicts: Iterable[Conflict]) -> None:
    update_rows(
        conflicts,
        ("status", "resolution", "reason", "resolved_at", "code", "detail", "event"),
    )


def withdraw_needless() -> int:
    """Withdraw the transfers that wait for conflicts which were resolved in another way; returns how many.

    Not with the resolution itself: there the stock is locked, and who approves locks it after the transfer.
    """
    needless = Transfer.objects.filter(
        status=TransferStatus.REQUESTED, conflicts__status=ConflictStatus.RESOLVED
    )
    withdrawn = 0
    for transfer_id in needless.order_by("pk").values_list("pk", flat=True):
        with suppress(AlreadyDecidedError):
            transfers.withdraw(
                transfer_id, by=SYSTEM, note="The sale was settled otherwise.", now=database_now()
            )
            withdrawn += 1
    return withdrawn
